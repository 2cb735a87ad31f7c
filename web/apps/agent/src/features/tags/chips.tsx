import type { Conversation } from "@max/api";
import { namedColor } from "@max/ui";
import { Plus, X } from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";
import { c as words } from "../../strings-context";
import { setTag } from "./queries";

const load = () => import("./picker");
const TagPicker = lazy(() => load().then((module) => ({ default: module.TagPicker })));

const CHIP =
  "inline-flex h-[22px] max-w-full items-center gap-1.5 rounded-xs bg-sunken text-xs font-medium text-text-2 phone:h-9 phone:rounded-sm phone:text-sm";

/** The tags of a conversation, each to be taken off, with a button for more. */
export function TagChips({ conversation: c }: { conversation: Conversation }) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState(false);
  return (
    <ul className="flex flex-wrap gap-1.5" aria-label={words.tags.title}>
      {c.tags.map((tag) => (
        <li key={tag.id} className={`${CHIP} ps-2`}>
          <span
            aria-hidden="true"
            style={{ background: namedColor(tag.color) }}
            className="size-1.5 flex-none rounded-full"
          />
          <span className="min-w-0 truncate" dir="auto">
            {tag.name}
          </span>
          <button
            type="button"
            aria-label={words.tags.remove(tag.name)}
            onClick={() => void setTag(c, tag, false)}
            className="grid size-[22px] flex-none place-items-center rounded-xs text-text-3 hover:bg-hover hover:text-text phone:size-9"
          >
            <X className="size-3!" />
          </button>
        </li>
      ))}
      <li className="relative">
        <button
          ref={button}
          type="button"
          aria-label={words.tags.addLabel}
          aria-keyshortcuts="L"
          data-tip={words.tags.addLabel}
          data-tip-key="L"
          aria-haspopup="dialog"
          aria-expanded={open}
          data-testid="add-tag"
          onPointerEnter={() => void load()}
          onFocus={() => void load()}
          onClick={() => {
            setAsked(true);
            setOpen(!open);
          }}
          className={`${CHIP} gap-1! px-2 hover:bg-hover`}
        >
          <Plus className="size-3!" />
          {words.tags.add}
        </button>
        {asked && (
          <Suspense>
            <TagPicker conversation={c} open={open} onOpenChange={setOpen} anchor={button} />
          </Suspense>
        )}
      </li>
    </ul>
  );
}

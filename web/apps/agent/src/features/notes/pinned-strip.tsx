import type { Conversation, Message } from "@max/api";
import { Button, cx, IconButton } from "@max/ui";
import { ChevronDown, Pin, PinOff } from "lucide-react";
import { useId, useState } from "react";
import { clockTime, fullTime } from "../../lib/time";
import { n } from "../../strings-notes";
import { shown } from "../composer/marks";
import { NoteText, type Reader } from "../conversation/note";
import { togglePin, usePins } from "./pin";

/** Pinned notes above the thread: the newest in one line, all of them when opened. */
export function PinnedStrip({ conversation: c, reader }: { conversation: Conversation; reader: Reader }) {
  const pins = usePins(c.id, c.pinned_notes).data ?? [];
  const [open, setOpen] = useState(false);
  const id = useId();
  const newest = pins.at(-1);
  if (c.pinned_notes === 0 || !newest) return null;
  return (
    <section
      aria-label={n.pins(pins.length)}
      data-testid="pinned-notes"
      className="flex-none border-b border-note-line bg-note-bg text-xs"
    >
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        className="flex min-h-8 w-full items-center gap-2 ps-5 pe-3 text-start focus-visible:-outline-offset-2 phone:min-h-11 phone:ps-4"
      >
        <Pin className="size-3.5! text-note-text" />
        <span className="min-w-0 flex-1 truncate">
          {open ? (
            <span className="font-medium">{n.pins(pins.length)}</span>
          ) : (
            <>
              <bdi className="font-semibold">{newest.author.name}</bdi>{" "}
              <bdi>{shown(newest.text ?? newest.preview).text.replace(/\s+/g, " ")}</bdi>
            </>
          )}
        </span>
        {pins.length > 1 && !open && <span className="num flex-none font-medium text-note-text">{pins.length}</span>}
        <span className="sr-only">{open ? n.hidePins : n.showPins}</span>
        <ChevronDown className={cx("size-3.5! text-text-3 transition-transform", open && "rotate-180")} />
      </button>
      <ul id={id} hidden={!open} className="max-h-[40vh] overflow-y-auto pb-1">
        {open && pins.toReversed().map((pin) => <Pinned key={pin.id} pin={pin} reader={reader} />)}
      </ul>
    </section>
  );
}

function Pinned({ pin, reader }: { pin: Message; reader: Reader }) {
  const at = Date.parse(pin.created_at);
  return (
    <li className="flex items-start gap-2 border-t border-note-line/60 py-1.5 ps-5 pe-2 phone:ps-4">
      <div className="min-w-0 flex-1 pt-1">
        <p className="flex min-w-0 items-baseline gap-1.5">
          <b className="truncate font-semibold" dir="auto">
            {pin.author.name}
          </b>
          <time dateTime={pin.created_at} data-tip={fullTime(at)} className="num flex-none text-text-3">
            {clockTime(at)}
          </time>
        </p>
        <NoteText text={pin.text ?? pin.preview} reader={reader} />
      </div>
      <Button size="sm" look="quiet" onClick={() => goTo(pin.id)}>
        {n.goTo}
      </Button>
      <IconButton label={n.unpin} onClick={() => void togglePin({ ...pin, pinned: true })}>
        <PinOff className="size-3.5!" />
      </IconButton>
    </li>
  );
}

/** Shows a note where it was written, as far back as the thread is loaded. */
function goTo(id: string) {
  const note = document.querySelector<HTMLElement>(`[role=log] [data-message-id="${CSS.escape(id)}"]`);
  note?.scrollIntoView({ block: "center", behavior: "smooth" });
  note?.focus({ preventScroll: true });
}

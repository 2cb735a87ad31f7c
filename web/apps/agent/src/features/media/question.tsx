import type { Interactive } from "@max/api";
import { cx } from "@max/ui";
import { List } from "lucide-react";
import { useId, useState } from "react";
import { q } from "../../strings-structured";
import { Text } from "../conversation/content";

const ANSWER =
  "flex min-h-8 items-center justify-center gap-1.5 border-t border-line pt-1 text-center text-sm font-medium text-accent-text";

/** A question with ready answers, as the customer sees it. Pressing is theirs: here the answers only stand. */
export function QuestionView({ question }: { question: Interactive }) {
  const { header, text, footer } = question;
  return (
    <div className="flex min-w-[180px] flex-col gap-1">
      {header && (
        <p dir="auto" className="font-semibold wrap-anywhere">
          {header}
        </p>
      )}
      <Text>{text}</Text>
      {footer && (
        <p dir="auto" className="text-xs text-text-3">
          {footer}
        </p>
      )}
      {question.type === "buttons" ? (
        <ul aria-label={q.shown.buttons}>
          {question.buttons.map(({ id, title }) => (
            <li key={id} className={ANSWER}>
              <bdi className="wrap-anywhere">{title}</bdi>
            </li>
          ))}
        </ul>
      ) : (
        <Rows list={question} />
      )}
    </div>
  );
}

/** What a list opens, for whoever wants to see it. */
function Rows({ list }: { list: Extract<Interactive, { type: "list" }> }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        aria-label={open ? q.shown.hide(list.button) : q.shown.open(list.button)}
        onClick={() => setOpen(!open)}
        className={cx(ANSWER, "hover:underline phone:min-h-11 [&_.lucide]:size-3.5")}
      >
        <List />
        <bdi className="wrap-anywhere">{list.button}</bdi>
      </button>
      <div id={id} hidden={!open} className="flex flex-col gap-2 border-t border-line pt-1.5">
        {list.sections.map((section, n) => (
          // Sections have no id of their own, and stay as they are.
          // biome-ignore lint/suspicious/noArrayIndexKey: they stay as they are
          <div key={n}>
            {section.title && <bdi className="text-2xs font-medium text-text-3">{section.title}</bdi>}
            <ul>
              {section.rows.map((row) => (
                <li key={row.id} className="py-0.5 text-sm">
                  <bdi className="block wrap-anywhere">{row.title}</bdi>
                  {row.description && <bdi className="block text-xs text-text-2 wrap-anywhere">{row.description}</bdi>}
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </>
  );
}

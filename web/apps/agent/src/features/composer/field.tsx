import type { Conversation, MediaView } from "@max/api";
import { cx } from "@max/ui";
import {
  type KeyboardEvent,
  lazy,
  type ReactNode,
  type Ref,
  type RefObject,
  Suspense,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { media, useMedia } from "../../lib/use-media";
import { putBack } from "../attachments/store";
import { type Draft, type Kind, setDraft } from "./drafts";
import {
  blanks,
  edited,
  kept,
  type Looked,
  type MentionTarget,
  mentionAt,
  nextBlank,
  type Shown,
  shown,
  slashAt,
  withMention,
  withoutMention,
} from "./marks";
import type { Suggesting } from "./suggestions";
import { beat } from "./typing";

const loadCanned = () => import("./canned-menu");
const loadMentions = () => import("./mention-menu");
const CannedMenu = lazy(() => loadCanned().then((module) => ({ default: module.CannedMenu })));
const MentionMenu = lazy(() => loadMentions().then((module) => ({ default: module.MentionMenu })));

const MAX_LINES = 10;
const TEXT =
  "block w-full px-3.5 pt-[9px] pb-1.5 text-md leading-normal phone:rounded-[18px] phone:border phone:py-2.5 phone:text-lg";

/** What others ask of the field. */
export interface FieldHandle {
  /** Types a sign that opens a list: `/` or `@`. */
  begin: (sign: "/" | "@") => void;
}

/** Where the words go: grows with them, finds canned responses and colleagues as one types, goes from blank to blank. */
export function Field(props: {
  ref?: Ref<FieldHandle>;
  area: RefObject<HTMLTextAreaElement | null>;
  conversation: Conversation;
  draft: Draft;
  touch: boolean;
  label: string;
  placeholder: string;
  /** Keys the field has no use for. */
  onKeyDown: (event: KeyboardEvent<HTMLTextAreaElement>) => void;
  /** Beside the field, on a phone. */
  before?: ReactNode;
  after?: ReactNode;
}) {
  const { area, conversation: c, draft } = props;
  const phone = useMedia(media.phone);
  const kind: Kind = draft.mode;
  const note = kind === "note";
  const value: Shown = note ? shown(draft.note) : { text: draft.reply, marks: [] };
  const { text } = value;
  const id = useId();
  const menu = useRef<Suggesting>(null);
  const [caret, setCaret] = useState<number | null>(null);
  const [active, setActive] = useState<string | null>(null);
  /** Where a list was closed with Escape; it stays closed for that word. */
  const [closed, setClosed] = useState<number | null>(null);
  /** Where the selection goes once the text is in the field. */
  const goal = useRef<[number, number] | null>(null);

  const mention = note && caret !== null ? mentionAt(text, caret) : null;
  const slash = caret !== null && !mention ? slashAt(text, caret) : null;
  const looked = [mention, slash].find((one): one is Looked => one !== null && one.start !== closed) ?? null;
  const open = looked !== null;
  const marked = note ? value.marks : blanks(text);

  useGrow(area, text, kind);
  useLayoutEffect(() => {
    const element = area.current;
    if (!goal.current || !element) return;
    const [start, end] = goal.current;
    goal.current = null;
    element.focus();
    element.setSelectionRange(start, end);
    setCaret(start === end ? start : null);
  });

  const put = (next: Shown, select?: [number, number]) => {
    if (select) goal.current = select;
    setDraft(c.id, note ? { note: kept(next) } : { reply: next.text });
  };
  const see = () => {
    const element = area.current;
    if (!element || document.activeElement !== element) return;
    setCaret(element.selectionStart === element.selectionEnd ? element.selectionStart : null);
  };
  const insert = (words: string, files: readonly MediaView[]) => {
    if (!looked) return;
    putBack(c.id, kind, files);
    const next = edited(value, text.slice(0, looked.start) + words + text.slice(looked.end));
    const blank = note ? undefined : blanks(words)[0];
    const end = looked.start + words.length;
    put(next, blank ? [looked.start + blank.start, looked.start + blank.end] : [end, end]);
  };
  const mentioned = (target: MentionTarget) => {
    if (!looked) return;
    const next = withMention(value, looked.start, looked.end, target);
    put(next.shown, [next.caret, next.caret]);
  };

  useImperativeHandle(props.ref, () => ({
    begin: (sign) => {
      const element = area.current;
      if (!element) return;
      void (sign === "/" ? loadCanned() : loadMentions());
      const at = element.selectionEnd;
      const space = at > 0 && !/\s/.test(text[at - 1] ?? "") ? " " : "";
      const next = edited(value, text.slice(0, at) + space + sign + text.slice(at));
      setClosed(null);
      put(next, [at + space.length + 1, at + space.length + 1]);
    },
  }));

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    const element = event.currentTarget;
    const { selectionStart, selectionEnd } = element;
    if (open) {
      const plain = !event.ctrlKey && !event.metaKey;
      if (plain && menu.current?.key(event)) return;
      // The list itself is still loading: what was typed calls something, it is not what is to be said.
      if (plain && !menu.current && event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        return;
      }
      if (event.key === "Escape") {
        event.preventDefault();
        setClosed(looked.start);
        return;
      }
    }
    if (event.key === "Tab" && !note && !event.ctrlKey && !event.altKey) {
      const blank = nextBlank(text, selectionStart, selectionEnd, event.shiftKey);
      if (blank) {
        event.preventDefault();
        element.setSelectionRange(blank.start, blank.end);
        return;
      }
    }
    if (event.key === "Backspace" && note && selectionStart === selectionEnd) {
      const gone = withoutMention(value, selectionStart);
      if (gone) {
        event.preventDefault();
        put(gone.shown, [gone.caret, gone.caret]);
        return;
      }
    }
    props.onKeyDown(event);
  };

  const list = open && (
    <Suspense>
      {looked === mention ? (
        <MentionMenu
          ref={menu}
          id={`${id}-list`}
          conversationId={c.id}
          query={looked.query}
          onPick={mentioned}
          onActive={setActive}
        />
      ) : (
        <CannedMenu
          ref={menu}
          id={`${id}-list`}
          conversationId={c.id}
          teamId={c.team?.id ?? null}
          query={looked.query}
          onPick={insert}
          onActive={setActive}
        />
      )}
    </Suspense>
  );
  return (
    <>
      {/* On a phone the keyboard comes up from below. */}
      {phone && list}
      <div className="phone:flex phone:items-end phone:gap-1 phone:px-2 phone:pt-1 phone:pb-2">
        {props.before}
        <div className="relative phone:min-w-0 phone:flex-1">
          {marked.length > 0 && <Marks area={area} text={text} marks={marked} note={note} />}
          <textarea
            ref={area}
            data-testid="composer-text"
            data-region-focus
            rows={2}
            dir="auto"
            enterKeyHint={props.touch ? "enter" : "send"}
            value={text}
            aria-label={props.label}
            placeholder={props.placeholder}
            aria-autocomplete="list"
            aria-haspopup="listbox"
            {...(open ? { "aria-controls": `${id}-list` } : {})}
            {...(open && active ? { "aria-activedescendant": active } : {})}
            onChange={(event) => {
              const { value: next, selectionStart } = event.target;
              put(note ? edited(value, next) : { text: next, marks: [] });
              setCaret(selectionStart);
              if (next.length < text.length && closed !== null && selectionStart <= closed) setClosed(null);
              if (next.trim()) beat(c.id, kind);
            }}
            onSelect={see}
            onBlur={() => setCaret(null)}
            onKeyDown={onKeyDown}
            className={cx(
              TEXT,
              "relative resize-none bg-transparent outline-none phone:border-line-control phone:bg-surface",
              marked.length > 0 && "phone:bg-transparent",
            )}
          />
        </div>
        {props.after}
      </div>
      {!phone && list}
    </>
  );
}

/** Colours what stands behind the words: a field cannot colour its own. */
function Marks(props: {
  area: RefObject<HTMLTextAreaElement | null>;
  text: string;
  marks: readonly { start: number; end: number }[];
  note: boolean;
}) {
  const { area, text } = props;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = area.current;
    const behind = box.current;
    if (!element || !behind) return;
    const follow = () => {
      behind.scrollTop = element.scrollTop;
      behind.style.paddingInlineEnd = `calc(${getComputedStyle(element).paddingInlineEnd} + ${element.offsetWidth - element.clientWidth - element.clientLeft * 2}px)`;
    };
    follow();
    element.addEventListener("scroll", follow, { passive: true });
    return () => element.removeEventListener("scroll", follow);
  });
  const pieces: ReactNode[] = [];
  let from = 0;
  for (const { start, end } of props.marks) {
    pieces.push(text.slice(from, start));
    pieces.push(
      <mark
        key={start}
        className={cx(
          "rounded-xs text-transparent [box-decoration-break:clone]",
          props.note ? "bg-accent-tint-2" : "bg-warn-tint shadow-[0_0_0_1px_var(--warn-line)]",
        )}
      >
        {text.slice(start, end)}
      </mark>,
    );
    from = end;
  }
  // A last empty line has a height of its own in the field.
  pieces.push(`${text.slice(from)}\u200b`);
  return (
    <div
      ref={box}
      aria-hidden="true"
      dir="auto"
      className={cx(
        TEXT,
        "pointer-events-none absolute inset-0 overflow-hidden break-words whitespace-pre-wrap text-transparent [unicode-bidi:plaintext] phone:border-transparent",
      )}
    >
      {pieces}
    </div>
  );
}

/** Two lines tall at least, growing with the text up to ten. */
function useGrow(area: RefObject<HTMLTextAreaElement | null>, text: string, mode: string) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text and the mode are what change the height
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    const line = Number.parseFloat(getComputedStyle(element).lineHeight) || 21;
    element.style.height = "auto";
    const limit = line * MAX_LINES + 16;
    element.style.height = `${Math.min(element.scrollHeight, limit)}px`;
    element.style.overflowY = element.scrollHeight > limit ? "auto" : "hidden";
  }, [area, text, mode]);
}

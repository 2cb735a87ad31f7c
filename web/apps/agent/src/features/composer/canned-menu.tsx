import type { Canned, MediaView } from "@max/api";
import { Spinner, toast } from "@max/ui";
import { useQuery } from "@tanstack/react-query";
import { CornerDownLeft, Paperclip } from "lucide-react";
import { type Ref, useEffect, useMemo, useState } from "react";
import { w } from "../../strings-writing";
import { FileCount } from "../canned/file-count";
import { nameOf } from "../media/format";
import { found, previewQuery, takeCanned, useCanned } from "./canned-query";
import { blanks } from "./marks";
import { Hint, type Suggesting, Suggestions } from "./suggestions";

/** Most that are shown at once; typing narrows them. */
const SHOWN = 50;
/** The marked one is asked for after this long, so that running through the list asks for nothing. */
const REST = 120;

/** The canned responses that fit what was typed after the slash, with the marked one as it will read here. */
export function CannedMenu(props: {
  ref?: Ref<Suggesting>;
  id: string;
  conversationId: string;
  teamId: string | null;
  query: string;
  onPick: (text: string, files: readonly MediaView[]) => void;
  onActive: (optionId: string | null) => void;
}) {
  const { conversationId, query } = props;
  const all = useCanned(props.teamId);
  const items = useMemo(() => found(all.data ?? [], query).slice(0, SHOWN), [all.data, query]);
  const [marked, setMarked] = useState<Canned | null>(null);
  const [rested, setRested] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setRested(marked?.id ?? null), REST);
    return () => clearTimeout(timer);
  }, [marked]);
  const filled = useQuery({ ...previewQuery(conversationId, rested ?? ""), enabled: rested !== null });

  const pick = async (canned: Canned) => {
    try {
      const { text, attachments } = await takeCanned(conversationId, canned.id);
      props.onPick(text, attachments);
    } catch {
      // Its own words, with every blank to be filled by hand: better than nothing, and it cannot leave like that.
      props.onPick(canned.text, []);
      toast(w.canned.raw, "bad");
    }
  };
  const preview = marked && (rested === marked.id && filled.data ? filled.data.text : marked.text);
  return (
    <Suggestions
      {...(props.ref ? { ref: props.ref } : {})}
      id={props.id}
      label={w.canned.label}
      items={items}
      busy={all.isPending}
      itemKey={(canned) => canned.id}
      onPick={(canned) => void pick(canned)}
      onActive={(id, canned) => {
        setMarked(canned);
        props.onActive(id);
      }}
      count={all.isPending ? w.canned.loading : w.canned.count(items.length)}
      instead={
        all.isPending ? (
          <Hint>
            <Spinner className="me-2 align-[-2px]" />
            {w.canned.loading}
          </Hint>
        ) : all.isError ? (
          <Hint>{w.canned.failed}</Hint>
        ) : items.length === 0 ? (
          <Hint>
            {query ? w.canned.none(query) : w.canned.empty} {!query && w.canned.emptyHint}
          </Hint>
        ) : undefined
      }
      option={(canned, active) => (
        <>
          <span
            className="max-w-[45%] flex-none truncate font-mono text-xs text-text data-active:text-accent-text"
            data-active={active || undefined}
          >
            /{canned.shortcut}
          </span>
          <span className="min-w-0 flex-1 truncate text-text-2" dir="auto">
            {canned.text.replace(/\s+/g, " ")}
          </span>
          <FileCount canned={canned} />
          <span className="flex-none text-2xs text-text-3">{w.canned.scope[canned.scope]}</span>
          {active && <CornerDownLeft className="size-3! text-text-3 phone:hidden" />}
        </>
      )}
    >
      {marked && preview && items.length > 0 && (
        <div className="border-t border-line-subtle bg-surface-2 px-3 py-2">
          <p className="mb-0.5 flex gap-2 text-2xs font-medium text-text-3">
            <span>{w.canned.preview}</span>
            <bdi className="truncate">{marked.title}</bdi>
          </p>
          <p dir="auto" className="max-h-24 overflow-y-auto text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">
            <WithBlanks text={preview} />
          </p>
          {marked.attachments.map((media) => (
            <p key={media.id} className="mt-1 flex items-center gap-1 text-xs text-text-3 [&_.lucide]:size-3">
              <Paperclip />
              <bdi className="truncate">{nameOf(media)}</bdi>
            </p>
          ))}
        </div>
      )}
    </Suggestions>
  );
}

function WithBlanks({ text }: { text: string }) {
  const pieces: React.ReactNode[] = [];
  let from = 0;
  for (const blank of blanks(text)) {
    pieces.push(text.slice(from, blank.start));
    pieces.push(
      <mark key={blank.start} className="rounded-xs bg-warn-tint px-0.5 text-warn-text">
        {blank.text}
      </mark>,
    );
    from = blank.end;
  }
  pieces.push(text.slice(from));
  return pieces;
}

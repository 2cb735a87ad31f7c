import { cx, IconButton, toast } from "@max/ui";
import { Paperclip } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { m } from "../../strings-media";
import type { Kind } from "../composer/drafts";
import { limitWords, useLimits } from "./capabilities";
import { attach } from "./upload";

/** Files out of a drop or the clipboard. Folders are left out: a browser hands them over as files that cannot be read. */
function filesOf(data: DataTransfer | null): { files: File[]; folders: boolean } {
  const files: File[] = [];
  let folders = false;
  for (const item of data?.items ?? []) {
    if (item.kind !== "file") continue;
    if (item.webkitGetAsEntry?.()?.isDirectory) folders = true;
    else {
      const file = item.getAsFile();
      if (file) files.push(file);
    }
  }
  return { files: files.length > 0 || folders ? files : [...(data?.files ?? [])], folders };
}

/** Ways to bring files in: the button, pasting, and dropping anywhere on the conversation. */
export function Attach(props: {
  conversationId: string;
  channelId: string;
  kind: Kind;
  /** Nothing can be written now. */
  blocked: boolean;
  /** Opens the choice of files for a menu elsewhere. */
  picker: RefObject<HTMLInputElement | null>;
  /** The button stands in the menu instead. */
  bare: boolean;
  onAdded: () => void;
}) {
  const { conversationId, kind, blocked, picker } = props;
  const limits = useLimits(props.channelId);
  const [over, setOver] = useState(false);
  const add = (files: readonly File[]) => {
    if (files.length === 0) return;
    attach(conversationId, kind, files, limits);
    props.onAdded();
  };
  const latest = useRef(add);
  latest.current = add;

  useEffect(() => {
    const section = picker.current?.closest("section");
    if (!section) return;
    let last = 0;
    const carries = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const inside = (event: Event) => event.target instanceof Node && section.contains(event.target);
    const onOver = (event: DragEvent) => {
      if (!carries(event) || !event.dataTransfer) return;
      // Also outside: a file dropped there would take the place of the app.
      event.preventDefault();
      event.dataTransfer.dropEffect = inside(event) && !blocked ? "copy" : "none";
      last = Date.now();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      // Out of the window; from one element to the next there is somewhere it goes to.
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!carries(event)) return;
      event.preventDefault();
      if (blocked || !inside(event)) return;
      const { files, folders } = filesOf(event.dataTransfer);
      if (folders) toast(m.attach.folder, "bad");
      latest.current(files);
    };
    const onPaste = (event: ClipboardEvent) => {
      // What office programs put there as words and as a picture is meant as words.
      if (blocked || event.clipboardData?.types.includes("text/plain")) return;
      const { files } = filesOf(event.clipboardData);
      if (files.length === 0) return;
      event.preventDefault();
      latest.current(files);
    };
    // Some browsers do not tell when dragging ends outside; while it goes on, they tell all the time.
    const watch = setInterval(() => Date.now() - last > 1_000 && setOver(false), 500);
    window.addEventListener("dragover", onOver);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("drop", onDrop);
    section.addEventListener("paste", onPaste);
    return () => {
      clearInterval(watch);
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("drop", onDrop);
      section.removeEventListener("paste", onPaste);
    };
  }, [picker, blocked]);

  return (
    <>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        aria-label={m.attach.open}
        data-testid="attach-input"
        onChange={(event) => {
          add([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      {!props.bare && (
        <IconButton label={m.attach.open} data-testid="attach" onClick={() => picker.current?.click()}>
          <Paperclip />
        </IconButton>
      )}
      {over && (
        <div
          data-testid="drop-zone"
          className={cx(
            "pointer-events-none absolute inset-2 z-(--z-sticky) grid place-content-center justify-items-center gap-1.5 rounded-lg border-[1.5px] border-dashed p-4 text-center [&_.lucide]:size-5",
            blocked
              ? "border-line-control bg-surface/95 text-text-2"
              : kind === "note"
                ? "border-note-line bg-note-bg/95 text-note-text"
                : "border-accent-line bg-accent-tint/95 text-accent-text",
          )}
        >
          <Paperclip />
          <p className="text-sm font-medium">
            {blocked ? m.attach.dropBlocked : kind === "note" ? m.attach.dropNote : m.attach.drop}
          </p>
          {!blocked && (
            <p className="num max-w-[44ch] text-xs text-text-2">
              {kind === "note" ? m.attach.noteLimits : limits && limitWords(limits)}
            </p>
          )}
        </div>
      )}
    </>
  );
}

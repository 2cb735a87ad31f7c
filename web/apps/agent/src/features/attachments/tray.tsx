import { Button, cx, IconButton, Spinner } from "@max/ui";
import { FileText, Image, Music, RotateCw, TriangleAlert, Video, X } from "lucide-react";
import { lazy, type ReactNode, useEffect, useRef, useState } from "react";
import { Soft, sturdy } from "../../lib/soft";
import { s } from "../../strings";
import { m } from "../../strings-media";
import { FileName } from "../media/file-name";
import { fileSize, nameOf } from "../media/format";
import { captionChars, type Limits, useLimits } from "./capabilities";
import { type Attached, type Place, slotOf, useAttached } from "./store";
import { caption, convert, remove, retry } from "./upload";

const Lightbox = lazy(sturdy(() => import("../media/lightbox").then(({ Lightbox }) => ({ default: Lightbox }))));

const { attach: words } = m;

/** The files beside what is being written, each with how far it is and what can be done with it. */
export function Tray(props: { conversationId: string; channelId: string; kind: Place; onEmpty: () => void }) {
  const { conversationId, kind } = props;
  const { files } = useAttached(conversationId, kind);
  const known = useLimits(props.channelId);
  const limits = kind === "note" ? undefined : known;
  const slot = slotOf(conversationId, kind);
  const list = useRef<HTMLUListElement>(null);
  const [large, setLarge] = useState<Attached | null>(null);
  const first = files.find((file) => captionChars(file.kind, limits) > 0);

  const take = (id: string) => {
    const at = files.findIndex((file) => file.id === id);
    remove(slot, id);
    if (files.length === 1) return props.onEmpty();
    // On to what has taken its place.
    requestAnimationFrame(() => {
      const buttons = list.current?.querySelectorAll<HTMLElement>("[data-remove]");
      buttons?.[Math.min(at, buttons.length - 1)]?.focus();
    });
  };
  return (
    <>
      <ul
        ref={list}
        aria-label={words.list}
        data-testid="attached"
        className="mx-2 mb-1 grid max-h-[min(260px,32dvh)] grid-cols-[repeat(auto-fill,minmax(200px,1fr))] items-start gap-2 phone:grid-cols-1 overflow-y-auto p-1"
      >
        {files.map((file) => (
          <Chip
            key={file.id}
            file={file}
            slot={slot}
            captioned={kind === "reply" ? (file === first && !file.caption ? "text" : "own") : "none"}
            limits={limits}
            channelId={props.channelId}
            onRemove={() => take(file.id)}
            onLook={() => setLarge(file)}
          />
        ))}
      </ul>
      <Told files={files} />
      {large?.media && (
        <Soft>
          <Lightbox
            conversationId={conversationId}
            start={large.media.id}
            given={files.flatMap(({ media }) => (media ? [{ media, messageId: media.id }] : []))}
            onClose={() => setLarge(null)}
          />
        </Soft>
      )}
    </>
  );
}

function Chip(props: {
  file: Attached;
  slot: string;
  /** `text`: what is written goes as its caption. `own`: it may have one of its own. */
  captioned: "text" | "own" | "none";
  limits: Limits | undefined;
  channelId: string;
  onRemove: () => void;
  onLook: () => void;
}) {
  const { file, slot } = props;
  const { name, state } = file;
  const chars = captionChars(file.kind, props.limits);
  const under = state === "queued" || state === "uploading";
  const goes = state !== "failed" && state !== "choose";
  return (
    <li
      data-testid="chip"
      data-state={state}
      className={cx(
        "flex min-w-0 flex-col gap-1.5 rounded-md border bg-surface p-1.5 shadow-1",
        state === "failed" ? "border-bad-line" : state === "choose" ? "border-warn-line" : "border-line",
      )}
    >
      <div className="flex items-center gap-2">
        <Face file={file} onLook={props.onLook} />
        <div className="min-w-0 flex-1 leading-[1.35]">
          <FileName className="text-xs font-medium">{shownName(file)}</FileName>
          <span className="num block truncate text-2xs text-text-3">{facts(file)}</span>
        </div>
        {state === "failed" && file.again && (
          <IconButton label={words.retry(name)} data-testid="chip-retry" onClick={() => retry(file.id)}>
            <RotateCw className="size-3.5!" />
          </IconButton>
        )}
        <IconButton
          label={under ? words.cancel(name) : words.remove(shownName(file))}
          data-testid="chip-remove"
          data-remove
          onClick={props.onRemove}
        >
          <X className="size-3.5!" />
        </IconButton>
      </div>
      {under && (
        <div
          role="progressbar"
          aria-label={words.progress(name)}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(file.progress * 100)}
          className="h-1 overflow-hidden rounded-full bg-press"
        >
          <span
            className="block h-full rounded-full bg-accent transition-[width]"
            style={{ width: `${Math.round(file.progress * 100)}%` }}
          />
        </div>
      )}
      {state === "failed" && (
        <p className="flex items-start gap-1 text-xs text-bad-text [&_.lucide]:mt-px [&_.lucide]:size-3.5 [&_.lucide]:flex-none">
          <TriangleAlert />
          {file.error}
        </p>
      )}
      {state === "choose" && (
        <>
          <p className="text-xs text-warn-text">{file.error}</p>
          <div className="flex flex-wrap gap-1.5">
            {file.offers.map(({ to, why }) => (
              <Button
                key={to}
                size="sm"
                data-testid={`offer-${to}`}
                data-tip={why}
                onClick={() => void convert(slot, file.id, to, props.channelId)}
              >
                {to === "document" ? words.asDocument : to === "jpeg" ? words.asJpeg : words.as(to)}
              </Button>
            ))}
          </div>
        </>
      )}
      {goes && chars > 0 && props.captioned === "text" && (
        <p className="px-0.5 text-2xs text-text-3">{words.captionFromText}</p>
      )}
      {goes && chars > 0 && props.captioned === "own" && (
        <input
          type="text"
          dir="auto"
          value={file.caption}
          aria-label={words.captionOf(shownName(file))}
          placeholder={words.caption}
          {...(Number.isFinite(chars) ? { maxLength: chars } : {})}
          onChange={(event) => caption(slot, file.id, event.target.value)}
          // Enter would send, and the words are not done yet.
          onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
          className="h-7 w-full rounded-sm border border-line-control bg-surface px-2 text-xs placeholder:text-text-3 phone:h-11 phone:text-lg"
        />
      )}
    </li>
  );
}

const shownName = (file: Attached): string => (file.media ? nameOf(file.media) : file.name) || m.kind[file.kind];

function facts(file: Attached): string {
  const size = file.size > 0 ? fileSize(file.size) : "";
  const doing = {
    queued: words.queued,
    // All of it is there, and the server looks at it.
    uploading:
      file.progress < 1 ? `${words.uploading} ${words.percent(Math.round(file.progress * 100))}` : words.checking,
    checking: words.checking,
    converting: words.converting,
    choose: "",
    ready: "",
    failed: "",
  }[file.state];
  return [size, doing].filter(Boolean).join(s.dot);
}

function Face({ file, onLook }: { file: Attached; onLook: () => void }) {
  // Not every browser draws every kind of picture.
  const [undrawn, setUndrawn] = useState<readonly string[]>([]);
  const source = [file.media?.thumbnail_url, file.preview].find((one) => one && !undrawn.includes(one));
  const busy = file.state === "checking" || file.state === "converting";
  const look = "relative grid size-9 flex-none place-items-center overflow-hidden rounded-sm bg-sunken text-text-2";
  const icon: ReactNode = {
    image: <Image />,
    sticker: <Image />,
    video: <Video />,
    audio: <Music />,
    document: <FileText />,
  }[file.kind];
  const inner = (
    <>
      {source ? (
        <img
          src={source}
          alt=""
          onError={() => setUndrawn((all) => [...all, source])}
          className="absolute inset-0 size-full object-cover"
        />
      ) : (
        icon
      )}
      {busy && (
        <span className="absolute inset-0 grid place-items-center bg-surface/70">
          <Spinner />
        </span>
      )}
    </>
  );
  const large = file.media?.state === "ready" && (file.kind === "image" || file.kind === "video");
  return large ? (
    <button
      type="button"
      aria-label={words.preview(shownName(file))}
      onClick={onLook}
      className={cx(look, "cursor-zoom-in")}
    >
      {inner}
    </button>
  ) : (
    <span className={look}>{inner}</span>
  );
}

/** What became of the files, for those who do not see them. */
function Told({ files }: { files: readonly Attached[] }) {
  const before = useRef<ReadonlyMap<string, Attached["state"]>>(new Map());
  const [said, setSaid] = useState("");
  useEffect(() => {
    const old = before.current;
    before.current = new Map(files.map(({ id, state }) => [id, state]));
    const added = files.filter(({ id }) => !old.has(id)).length;
    const news = files.flatMap((file) => {
      if (old.get(file.id) === file.state || !old.has(file.id)) return [];
      if (file.state === "ready") return [words.done(shownName(file))];
      if (file.state === "failed") return [(file.again ? words.broken : words.cannot)(file.name, file.error ?? "")];
      return file.state === "choose" ? [[file.error, words.choose(file.name)].filter(Boolean).join(" ")] : [];
    });
    const all = [added > 0 ? words.added(added) : "", ...news].filter(Boolean).join(". ");
    if (all) setSaid(all);
  }, [files]);
  return (
    <p role="status" className="sr-only">
      {said}
    </p>
  );
}

import type { MediaView } from "@max/api";
import { cx, Spinner, toast } from "@max/ui";
import { Download, RotateCw, ShieldAlert, TriangleAlert } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { api } from "../../app/services";
import { errorText } from "../../app/words";
import { s } from "../../strings";
import { m } from "../../strings-media";
import { fileSize, format, kindOf, nameOf } from "./format";
import { download } from "./signed";

/** A picture of what it is, a line that names it, and what is known of it. */
export function Card(props: { icon: ReactNode; title: string; detail?: string | undefined; children?: ReactNode }) {
  return (
    <div className="flex min-w-[180px] items-start gap-2.5 py-0.5">
      <Tile>{props.icon}</Tile>
      <span className="min-w-0 flex-1 self-center leading-[1.35]">
        <bdi className="block text-sm font-medium wrap-anywhere">{props.title}</bdi>
        {props.detail && <bdi className="block text-xs wrap-anywhere text-text-3">{props.detail}</bdi>}
        {props.children}
      </span>
    </div>
  );
}

const TONES = {
  bad: "bg-bad-tint text-bad-text",
  accent: "bg-accent-tint-2 text-accent-text",
  ok: "bg-ok-tint text-ok-text",
  plain: "bg-surface text-text-2",
};

export function Tile({ children, tone = "plain" }: { children: ReactNode; tone?: keyof typeof TONES }) {
  return (
    <span
      className={cx(
        "grid size-9 flex-none place-items-center rounded-md text-2xs font-semibold shadow-1 [&_.lucide]:size-[18px]",
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}

/** Kinds of documents are told apart from afar, as people know them. */
function toneOf(short: string): keyof typeof TONES {
  if (short === "PDF") return "bad";
  if (short.startsWith("DOC")) return "accent";
  return short.startsWith("XLS") || short === "CSV" ? "ok" : "plain";
}

/** A file to save: name, size and kind. */
export function FileCard({ media }: { media: MediaView }) {
  const [busy, setBusy] = useState(false);
  const name = nameOf(media);
  const short = format(media.mime_type);
  const save = () => {
    setBusy(true);
    download(media)
      .catch(() => toast(m.gone, "bad"))
      .finally(() => setBusy(false));
  };
  return (
    <button
      type="button"
      data-testid="file"
      aria-label={m.downloadNamed(name)}
      aria-busy={busy}
      onClick={save}
      className="group/file flex w-full min-w-[200px] items-center gap-2.5 rounded-sm py-0.5 text-start"
    >
      <Tile tone={toneOf(short)}>{short || name.split(".").at(-1)?.slice(0, 4).toUpperCase()}</Tile>
      <span className="min-w-0 flex-1 leading-[1.35]">
        <bdi className="block text-sm font-medium wrap-anywhere">{name}</bdi>
        <span className="num block text-xs text-text-3">{media.size !== null && fileSize(media.size)}</span>
      </span>
      <span className="grid size-7 flex-none place-items-center rounded-sm text-text-2 group-hover/file:bg-hover group-hover/file:text-text phone:size-9 [&_.lucide]:size-4">
        {busy ? <Spinner /> : <Download />}
      </span>
    </button>
  );
}

/** Asks the server to fetch a file once more. Until its state has changed, it is being tried. */
export function useFetchAgain(media: MediaView): { trying: boolean; again: () => void } {
  const [tried, setTried] = useState<MediaView | null>(null);
  const again = () => {
    setTried(media);
    api.POST("/api/v1/media/{id}/fetch", { params: { path: { id: media.id } } }).catch((error) => {
      setTried(null);
      toast(errorText(error), "bad");
    });
  };
  useEffect(() => setTried((one) => (one === media ? one : null)), [media]);
  return { trying: tried !== null, again };
}

/** In place of a file that is not there yet, or cannot be. */
export function Missing({ media, className }: { media: MediaView; className?: string | undefined }) {
  const { trying, again } = useFetchAgain(media);
  const what = nameOf(media);
  const size = media.size === null ? "" : fileSize(media.size);
  if (media.state === "pending" || trying) {
    return (
      <div data-testid="media-pending" className={cx("flex min-w-[180px] items-center gap-2.5 py-0.5", className)}>
        <Tile>
          <Spinner />
        </Tile>
        <span className="min-w-0 flex-1 leading-[1.35]">
          <bdi className="block text-sm font-medium wrap-anywhere">{what}</bdi>
          <span className="num block text-xs text-text-3">
            {[trying ? m.trying : m.arriving, size].filter(Boolean).join(s.dot)}
          </span>
        </span>
      </div>
    );
  }
  const blocked = media.state === "blocked";
  return (
    <div
      data-testid={blocked ? "media-blocked" : "media-failed"}
      className={cx("flex min-w-[180px] items-start gap-2.5 py-0.5", className)}
    >
      <Tile tone="bad">{blocked ? <ShieldAlert /> : <TriangleAlert />}</Tile>
      <span className="min-w-0 flex-1 leading-[1.35]">
        <bdi className="block text-sm font-medium wrap-anywhere">{what}</bdi>
        <span className="block text-xs text-bad-text">
          {blocked ? m.blocked : media.error?.message || m.failed}
          {blocked && <span className="block text-text-3">{m.blockedText}</span>}
        </span>
        {!blocked && <TryAgain onClick={again} />}
      </span>
    </div>
  );
}

export function TryAgain({ onClick }: { onClick: () => void }) {
  return (
    <button
      type="button"
      data-testid="media-again"
      onClick={onClick}
      className="inline-flex items-center gap-1 text-xs font-medium text-accent-text hover:underline phone:min-h-9 [&_.lucide]:size-3"
    >
      <RotateCw />
      {m.tryAgain}
    </button>
  );
}

/** What a screen reader says of a picture: its caption, else its name. */
export const spokenName = (media: MediaView, caption?: string | null): string =>
  caption ? `${kindOf(media)}: ${caption}` : nameOf(media);

import type { MediaView } from "@max/api";
import { cx, Spinner } from "@max/ui";
import { ImageOff, Play, ShieldAlert, TriangleAlert } from "lucide-react";
import { lazy, useState } from "react";
import { Soft, sturdy } from "../../lib/soft";
import { m } from "../../strings-media";
import { Missing, spokenName, TryAgain, useFetchAgain } from "./card";
import { duration, kindOf, nameOf } from "./format";
import { useSigned } from "./signed";

const load = sturdy(() => import("./lightbox"));
const Lightbox = lazy(() => load().then((module) => ({ default: module.Lightbox })));

/** A picture or film, and the message it belongs to. */
export interface Picture {
  media: MediaView;
  messageId: string;
  caption?: string | null;
}

/** Most tiles of a group; the last one says how many more there are. */
const TILES = 4;
const WIDEST = 300;
const TALLEST = 320;

/** Pictures and films of a message, or of several in a row; pressing one shows it large. */
export function Pictures({ all, conversationId }: { all: readonly Picture[]; conversationId: string }) {
  const [open, setOpen] = useState<string | null>(null);
  const [only] = all;
  const show = (id: string) => setOpen(id);
  const more = all.length - TILES;
  return (
    <>
      {all.length === 1 && only ? (
        <Single picture={only} onOpen={show} />
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: pictures, not form fields
        <div
          role="group"
          aria-label={m.image.album(all.length)}
          data-testid="album"
          className="-mx-2 grid w-[300px] max-w-[calc(100%+16px)] grid-cols-2 gap-0.5 overflow-hidden rounded-[10px]"
        >
          {all.slice(0, TILES).map((picture, index) => (
            <div
              key={picture.media.id}
              data-message-id={picture.messageId}
              tabIndex={-1}
              className={cx(
                "relative aspect-square overflow-hidden outline-offset-[-3px]",
                all.length === 3 && index === 0 && "col-span-2 aspect-[2/1]",
              )}
            >
              <Face picture={picture} onOpen={show} more={index === TILES - 1 && more > 0 ? more : 0} />
            </div>
          ))}
          {all.slice(TILES).map((picture) => (
            // So that a quote can lead here.
            <span
              key={picture.media.id}
              data-message-id={picture.messageId}
              tabIndex={-1}
              className="col-span-2 outline-none"
            />
          ))}
        </div>
      )}
      {open && (
        <Soft>
          <Lightbox conversationId={conversationId} start={open} given={all} onClose={() => setOpen(null)} />
        </Soft>
      )}
    </>
  );
}

function Single({ picture, onOpen }: { picture: Picture; onOpen: (id: string) => void }) {
  const { media } = picture;
  // Words have to fit where nothing is known of the size.
  if (media.state === "failed" || media.state === "blocked") return <Missing media={media} />;
  if (media.kind === "sticker") {
    return (
      <div className="size-32">
        <Face picture={picture} onOpen={onOpen} more={0} whole />
      </div>
    );
  }
  return (
    <div style={frame(media)} className="relative -mx-2 max-w-[calc(100%+16px)] overflow-hidden rounded-[10px]">
      <Face picture={picture} onOpen={onOpen} more={0} />
    </div>
  );
}

/** As large as it will be, before it has come: nothing jumps then. */
export function frame({ width, height }: Pick<MediaView, "width" | "height">): { width: number; aspectRatio: string } {
  if (!width || !height) return { width: 240, aspectRatio: "4 / 3" };
  const scale = Math.min(1, WIDEST / width, TALLEST / height);
  // Very wide or very tall ones are cut rather than drawn as a line.
  const shown = [Math.max(140, width * scale), Math.max(90, height * scale)].map(Math.round) as [number, number];
  return { width: shown[0], aspectRatio: `${shown[0]} / ${shown[1]}` };
}

/** One picture filling its place: loading, there, or why not. */
function Face(props: { picture: Picture; onOpen: (id: string) => void; more: number; whole?: boolean }) {
  const { picture, more } = props;
  const { media, broken, lost, again } = useSigned(picture.media);
  const retry = useFetchAgain(picture.media);
  const film = media.kind === "video";
  // Thumbnails stand still.
  const source = (media.animated ? media.url : null) ?? media.thumbnail_url ?? (film ? null : media.url);
  const place = "grid size-full place-items-center bg-press text-text-2";

  if (media.state === "pending" || retry.trying) {
    return (
      <div role="img" aria-label={`${kindOf(media)}, ${m.arriving}`} data-testid="media-pending" className={place}>
        <Spinner className="size-5" />
      </div>
    );
  }
  if (media.state !== "ready") {
    const blocked = media.state === "blocked";
    return (
      <div
        data-testid={blocked ? "media-blocked" : "media-failed"}
        className={cx(place, "content-center gap-1 p-2 text-center text-xs [&_.lucide]:size-4")}
      >
        {blocked ? <ShieldAlert /> : <TriangleAlert />}
        <span className="line-clamp-3">{blocked ? m.blocked : media.error?.message || m.failed}</span>
        {!blocked && <TryAgain onClick={retry.again} />}
      </div>
    );
  }
  if (broken) {
    return (
      <div className={cx(place, "content-center gap-1 p-2 text-center text-xs [&_.lucide]:size-4")}>
        <ImageOff />
        {m.notShown}
        <TryAgain onClick={again} />
      </div>
    );
  }
  const name = spokenName(media, picture.caption);
  const time = media.duration_ms === null ? "" : duration(media.duration_ms);
  return (
    <button
      type="button"
      data-testid="picture"
      aria-label={
        film ? m.image.play(nameOf(media), time) : m.image.open(name) + (more ? `, ${m.image.more(more)}` : "")
      }
      onPointerEnter={() => void load().catch(() => {})}
      onFocus={() => void load().catch(() => {})}
      onClick={() => props.onOpen(media.id)}
      className={cx(
        "relative block size-full cursor-zoom-in overflow-hidden outline-offset-[-3px]",
        !props.whole && "bg-press",
      )}
    >
      {source && (
        <img
          src={source}
          alt=""
          decoding="async"
          draggable={false}
          onError={lost}
          className={cx("absolute inset-0 size-full", props.whole ? "object-contain" : "object-cover")}
        />
      )}
      {film && (
        <>
          <span className="absolute inset-0 m-auto grid size-11 place-items-center rounded-full bg-black/55 text-white [&_.lucide]:size-5">
            <Play className="ms-0.5 fill-current" />
          </span>
          {time && (
            <span className="num absolute end-1.5 bottom-1.5 rounded-xs bg-black/65 px-1 text-2xs text-white">
              {time}
            </span>
          )}
        </>
      )}
      {more > 0 && (
        <span
          aria-hidden="true"
          className="num absolute inset-0 grid place-items-center bg-black/60 text-xl font-semibold text-white"
        >
          +{more}
        </span>
      )}
    </button>
  );
}

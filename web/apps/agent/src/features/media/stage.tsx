import { cx, Spinner } from "@max/ui";
import { ImageOff } from "lucide-react";
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { m } from "../../strings-media";
import { spokenName, TryAgain } from "./card";
import type { Shown } from "./gallery";
import { renew, useSigned } from "./signed";
import { useZoom } from "./use-zoom";

const SPEEDS = [1, 1.5, 2, 0.5] as const;

/** Brings the picture nearer or further, for buttons and keys elsewhere. */
export interface StageHandle {
  nearer: () => void;
  further: () => void;
}

/** One picture or film, as large as there is room. */
export function Stage(props: {
  shown: Shown;
  /** A film begins to play. */
  begin: boolean;
  /** How near the picture is by now: 1 is as large as fits. */
  onScale: (scale: number) => void;
  ref: Ref<StageHandle>;
}) {
  const { shown } = props;
  const { media, broken, lost, again } = useSigned(shown.media);
  const name = spokenName(media, shown.caption);
  if (broken) {
    return (
      <div className="grid size-full place-content-center justify-items-center gap-2 text-sm text-text-2">
        <ImageOff className="size-6" />
        {m.notShown}
        <TryAgain onClick={again} />
      </div>
    );
  }
  if (media.kind === "video") return <Film media={media} name={name} begin={props.begin} />;
  return <Picture key={media.url} url={media.url} name={name} lost={lost} onScale={props.onScale} ref={props.ref} />;
}

function Picture(props: {
  url: string | null;
  name: string;
  lost: () => void;
  onScale: (scale: number) => void;
  ref: Ref<StageHandle>;
}) {
  const { url, onScale } = props;
  const stage = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLImageElement>(null);
  const [loaded, setLoaded] = useState(false);
  const { view, held, nearer, further, hand } = useZoom(stage, picture);
  useImperativeHandle(props.ref, () => ({ nearer, further }));
  useEffect(() => onScale(view.scale), [view.scale, onScale]);
  return (
    <div
      ref={stage}
      {...hand}
      className={cx(
        "flex size-full touch-none items-center justify-center overflow-hidden p-3",
        view.scale > 1 && (held ? "cursor-grabbing" : "cursor-grab"),
      )}
    >
      {!loaded && <Spinner className="absolute inset-0 m-auto size-6" />}
      {url && (
        <img
          ref={picture}
          src={url}
          alt={props.name}
          decoding="async"
          draggable={false}
          onLoad={() => setLoaded(true)}
          onError={props.lost}
          style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` }}
          className={cx(
            "max-h-full max-w-full object-contain select-none",
            view.scale === 1 && "cursor-zoom-in",
            !held && "transition-transform duration-150 motion-reduce:transition-none",
            !loaded && "opacity-0",
          )}
        />
      )}
    </div>
  );
}

function Film(props: { media: Shown["media"]; name: string; begin: boolean }) {
  const { media, begin } = props;
  const film = useRef<HTMLVideoElement>(null);
  const [speed, setSpeed] = useState(1);
  const [wrong, setWrong] = useState(false);
  const retried = useRef(false);
  useEffect(() => {
    if (film.current) film.current.playbackRate = speed;
  }, [speed]);
  useEffect(() => {
    // Pressing Play has brought us here; those reached by the arrows wait to be started.
    if (begin) void film.current?.play().catch(() => {});
  }, [begin]);
  const failed = async () => {
    const element = film.current;
    if (!element || retried.current) return setWrong(true);
    retried.current = true;
    const at = element.currentTime;
    try {
      const { url } = await renew(media.id);
      if (!url || url === element.getAttribute("src")) return setWrong(true);
      element.src = url;
      element.currentTime = at;
      await element.play();
    } catch {
      setWrong(true);
    }
  };
  return (
    <div className="grid size-full place-items-center p-3">
      <div className="relative grid max-h-full min-h-0 max-w-full place-items-center">
        <video
          ref={film}
          controls
          playsInline
          preload="metadata"
          aria-label={props.name}
          {...(media.url ? { src: media.url } : {})}
          {...(media.thumbnail_url ? { poster: media.thumbnail_url } : {})}
          onError={() => void failed()}
          onPlay={(event) => {
            event.currentTarget.playbackRate = speed;
          }}
          className="max-h-[calc(100dvh-150px)] max-w-full rounded-sm bg-black"
        />
        <div className="flex h-11 items-center gap-3 text-xs">
          <button
            type="button"
            aria-label={m.player.speed(speed)}
            onClick={() => setSpeed(SPEEDS[(SPEEDS.indexOf(speed as 1) + 1) % SPEEDS.length] ?? 1)}
            className="num h-7 min-w-11 rounded-full bg-hover px-2 font-semibold text-text hover:bg-press phone:h-11"
          >
            {speed}×
          </button>
          {wrong && (
            <span role="alert" className="text-bad-text">
              {m.player.wrong}
            </span>
          )}
        </div>
      </div>
    </div>
  );
}

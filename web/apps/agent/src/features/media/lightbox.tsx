import { cx, IconButton, Spinner, toast } from "@max/ui";
import { useFocusBack } from "@max/ui/dialog";
import { ChevronLeft, ChevronRight, CornerDownLeft, Download, ImageOff, X, ZoomIn, ZoomOut } from "lucide-react";
import { Dialog } from "radix-ui";
import { type KeyboardEvent, type TouchEvent, useEffect, useRef, useState } from "react";
import { fullTime } from "../../lib/time";
import { s } from "../../strings";
import { m } from "../../strings-media";
import { spokenName, TryAgain } from "./card";
import { fileSize, nameOf } from "./format";
import { gallery, type Shown } from "./gallery";
import type { Picture } from "./pictures";
import { current, download, renew, useSigned } from "./signed";

/** A finger that moved this far meant the next one. */
const SWIPE = 50;
const SPEEDS = [1, 1.5, 2, 0.5] as const;

/** Pictures and films of a conversation, one at a time and as large as the window. */
export function Lightbox(props: {
  conversationId: string;
  start: string;
  given: readonly Picture[];
  onClose: () => void;
}) {
  const { onClose } = props;
  const [all] = useState(() => gallery(props.conversationId, props.given));
  const [at, setAt] = useState(() =>
    Math.max(
      0,
      all.findIndex(({ media }) => media.id === props.start),
    ),
  );
  const [large, setLarge] = useState(false);
  const back = useFocusBack();
  const touch = useRef<number | null>(null);
  const shown = all[at];
  const go = (to: number) => {
    if (to < 0 || to >= all.length) return;
    setLarge(false);
    setAt(to);
  };
  useNeighbours(all, at);
  if (!shown) return null;
  const { media, message } = shown;
  const film = media.kind === "video";

  const onKeyDown = (event: KeyboardEvent) => {
    const forward = getComputedStyle(event.currentTarget).direction === "rtl" ? -1 : 1;
    const to = { ArrowLeft: at - forward, ArrowRight: at + forward, Home: 0, End: all.length - 1 }[event.key];
    // A film has uses of its own for the arrows while it has the focus.
    if (to === undefined || (event.target instanceof HTMLVideoElement && event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    go(to);
  };
  const end = (event: TouchEvent) => {
    const from = touch.current;
    touch.current = null;
    const moved = (event.changedTouches[0]?.clientX ?? 0) - (from ?? 0);
    if (from === null || large || Math.abs(moved) < SWIPE) return;
    go(at + (moved < 0 ? 1 : -1));
  };
  const toMessage = () => {
    onClose();
    // After the focus has gone back to where it was.
    requestAnimationFrame(() => {
      const target = document.querySelector<HTMLElement>(`[data-message-id="${CSS.escape(shown.messageId)}"]`);
      target?.scrollIntoView({ block: "center" });
      target?.focus({ preventScroll: true });
    });
  };

  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-(--z-dialog) bg-black/90" />
        <Dialog.Content
          aria-describedby={undefined}
          // Pictures are looked at in the dark, whatever the theme.
          data-theme="dark"
          data-testid="lightbox"
          onCloseAutoFocus={back}
          onKeyDown={onKeyDown}
          onTouchStart={(event) => {
            touch.current = event.touches.length === 1 ? (event.touches[0]?.clientX ?? null) : null;
          }}
          onTouchEnd={end}
          className="fixed inset-0 z-(--z-dialog) flex flex-col text-text outline-none"
        >
          <div className="flex h-[52px] flex-none items-center gap-1 bg-black/80 ps-4 pe-2.5 pt-[env(safe-area-inset-top)]">
            <div className="min-w-0 flex-1 leading-[1.3]">
              <Dialog.Title className="truncate text-sm font-medium" dir="auto">
                {message?.author.name ?? nameOf(media)}
              </Dialog.Title>
              <p className="num truncate text-xs text-text-3">
                {[
                  message && fullTime(Date.parse(message.created_at)),
                  all.length > 1 && m.lightbox.count(at + 1, all.length),
                  media.size !== null && fileSize(media.size),
                ]
                  .filter(Boolean)
                  .join(s.dot)}
              </p>
            </div>
            {!film && (
              <IconButton
                label={large ? m.lightbox.smaller : m.lightbox.larger}
                aria-pressed={large}
                onClick={() => setLarge(!large)}
              >
                {large ? <ZoomOut /> : <ZoomIn />}
              </IconButton>
            )}
            {message && (
              <IconButton label={m.lightbox.toMessage} onClick={toMessage}>
                <CornerDownLeft />
              </IconButton>
            )}
            <IconButton
              label={m.downloadNamed(nameOf(media))}
              data-testid="lightbox-download"
              onClick={() => void download(media).catch(() => toast(m.gone, "bad"))}
            >
              <Download />
            </IconButton>
            <Dialog.Close asChild>
              <IconButton label={m.lightbox.close} shortcut="Esc">
                <X />
              </IconButton>
            </Dialog.Close>
          </div>
          <p role="status" className="sr-only">
            {`${spokenName(media, shown.caption)}, ${m.lightbox.count(at + 1, all.length)}`}
          </p>
          <div className="relative min-h-0 flex-1">
            <Stage key={media.id} shown={shown} large={large} onLarge={setLarge} begin={media.id === props.start} />
            {all.length > 1 && (
              <>
                <Arrow side="start" label={m.lightbox.previous} off={at === 0} onClick={() => go(at - 1)} />
                <Arrow side="end" label={m.lightbox.next} off={at === all.length - 1} onClick={() => go(at + 1)} />
              </>
            )}
          </div>
          {shown.caption && (
            <p
              dir="auto"
              className="max-h-24 flex-none overflow-y-auto bg-black/60 px-4 py-3 text-center text-md wrap-anywhere whitespace-pre-wrap"
            >
              {shown.caption}
            </p>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Stage(props: { shown: Shown; large: boolean; onLarge: (large: boolean) => void; begin: boolean }) {
  const { shown, large } = props;
  const { media, broken, lost, again } = useSigned(shown.media);
  const [loaded, setLoaded] = useState(false);
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
  return (
    <div className={cx("size-full", large ? "overflow-auto" : "flex items-center justify-center overflow-hidden p-3")}>
      {!loaded && <Spinner className="absolute inset-0 m-auto size-6" />}
      {media.url && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the button in the head does the same
        <img
          src={media.url}
          alt={name}
          decoding="async"
          draggable={false}
          onLoad={() => setLoaded(true)}
          onError={lost}
          onClick={() => props.onLarge(!large)}
          className={cx(
            large ? "m-auto block max-w-none cursor-zoom-out" : "max-h-full max-w-full cursor-zoom-in object-contain",
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

function Arrow(props: { side: "start" | "end"; label: string; off: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={props.label}
      disabled={props.off}
      onClick={props.onClick}
      className={cx(
        "absolute inset-y-0 my-auto grid size-11 place-items-center rounded-full bg-black/60 text-white hover:bg-black/80 disabled:invisible [&_.lucide]:size-6 rtl:[&_.lucide]:-scale-x-100",
        props.side === "start" ? "start-3" : "end-3",
      )}
    >
      {props.side === "start" ? <ChevronLeft /> : <ChevronRight />}
    </button>
  );
}

/** What comes next is there when it is asked for. */
function useNeighbours(all: readonly Shown[], at: number) {
  useEffect(() => {
    for (const one of [all[at + 1], all[at - 1]]) {
      if (one?.media.kind !== "image") continue;
      void current(one.media)
        .then(({ url }) => {
          if (url) new Image().src = url;
        })
        .catch(() => {});
    }
  }, [all, at]);
}

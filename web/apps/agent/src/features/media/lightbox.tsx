import { cx, IconButton, toast } from "@max/ui";
import { useFocusBack } from "@max/ui/dialog";
import { ChevronLeft, ChevronRight, CornerDownLeft, Download, X, ZoomIn, ZoomOut } from "lucide-react";
import { Dialog } from "radix-ui";
import { type KeyboardEvent, type TouchEvent, useCallback, useEffect, useRef, useState } from "react";
import { fullTime } from "../../lib/time";
import { s } from "../../strings";
import { m } from "../../strings-media";
import { spokenName } from "./card";
import { fileSize, nameOf } from "./format";
import { gallery, type Shown } from "./gallery";
import type { Picture } from "./pictures";
import { current, download } from "./signed";
import { Stage, type StageHandle } from "./stage";
import { CLOSEST } from "./zoom";

/** A finger that moved this far meant the next one. */
const SWIPE = 50;

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
  const [scale, setScale] = useState(1);
  const onScale = useCallback((now: number) => setScale(now), []);
  const stage = useRef<StageHandle>(null);
  const back = useFocusBack();
  const touch = useRef<number | null>(null);
  const shown = all[at];
  const go = (to: number) => {
    if (to < 0 || to >= all.length) return;
    setScale(1);
    setAt(to);
  };
  useNeighbours(all, at);
  if (!shown) return null;
  const { media, message } = shown;
  const film = media.kind === "video";

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") stage.current?.nearer();
    if (event.key === "-") stage.current?.further();
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
    if (from === null || scale > 1 || Math.abs(moved) < SWIPE) return;
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
        <Dialog.Overlay className="fixed inset-0 z-(--z-dialog) bg-black/95" />
        <Dialog.Content
          aria-describedby={undefined}
          // Pictures are looked at in the dark, whatever the theme.
          data-theme="dark"
          data-testid="lightbox"
          // The keys work on all of it; a ring around one of its buttons would only hide the picture.
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            (event.currentTarget as HTMLElement | null)?.focus();
          }}
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
              <>
                <IconButton
                  label={m.lightbox.further}
                  shortcut="−"
                  className="phone:hidden"
                  aria-disabled={scale <= 1}
                  onClick={() => stage.current?.further()}
                >
                  <ZoomOut />
                </IconButton>
                <IconButton
                  label={m.lightbox.nearer}
                  shortcut="+"
                  className="phone:hidden"
                  aria-disabled={scale >= CLOSEST}
                  onClick={() => stage.current?.nearer()}
                >
                  <ZoomIn />
                </IconButton>
              </>
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
            <Stage key={media.id} ref={stage} shown={shown} begin={media.id === props.start} onScale={onScale} />
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

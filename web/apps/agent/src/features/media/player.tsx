import type { MediaView } from "@max/api";
import { cx, toast } from "@max/ui";
import { Download, Mic, Music, Pause, Play } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { create } from "zustand";
import { store, stored } from "../../lib/ui-state";
import { m } from "../../strings-media";
import { Missing } from "./card";
import { duration, nameOf } from "./format";
import { current, download, renew } from "./signed";

const SPEEDS = [1, 1.5, 2] as const;
const KEY = "max.speed";

const first = Number(stored(KEY));
/** How fast the reader listens: the same for all, and kept. */
const useSpeed = create<{ speed: number }>(() => ({ speed: SPEEDS.find((one) => one === first) ?? 1 }));

function faster() {
  const { speed } = useSpeed.getState();
  const next = SPEEDS[(SPEEDS.indexOf(speed as 1) + 1) % SPEEDS.length] ?? 1;
  useSpeed.setState({ speed: next });
  store(KEY, next === 1 ? null : String(next));
}

/** What is heard now: only one at a time. */
let heard: HTMLAudioElement | null = null;

/** A recording or a piece of audio. Nothing is loaded before it is wanted. */
export function Player({ media }: { media: MediaView }) {
  if (media.state !== "ready") return <Missing media={media} />;
  return <Controls media={media} />;
}

function Controls({ media }: { media: MediaView }) {
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState((media.duration_ms ?? 0) / 1000);
  const [wrong, setWrong] = useState(false);
  const speed = useSpeed((state) => state.speed);
  /** It is to go on here once there is an address that holds. */
  const resumed = useRef(false);

  useEffect(() => {
    if (audio.current) audio.current.playbackRate = speed;
  }, [speed]);
  useEffect(
    () => () => {
      if (heard === audio.current) heard = null;
      audio.current?.pause();
    },
    [],
  );

  const play = async (from = at, address: Promise<MediaView> = current(media)) => {
    const element = audio.current;
    if (!element) return;
    try {
      const { url } = await address;
      if (!url) throw new Error("not there");
      if (element.getAttribute("src") !== url) {
        element.src = url;
        if (from > 0) element.currentTime = from;
      }
      element.playbackRate = speed;
      if (heard !== element) heard?.pause();
      heard = element;
      await element.play();
      setWrong(false);
    } catch (error) {
      // Pausing before it has begun is no fault.
      if (!(error instanceof DOMException && error.name === "AbortError")) setWrong(true);
    }
  };
  const toggle = () => (playing ? audio.current?.pause() : void play());
  const seek = (to: number) => {
    const time = Math.min(Math.max(0, to), length || to);
    setAt(time);
    if (audio.current?.getAttribute("src")) audio.current.currentTime = time;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = length < 30 ? 1 : 5;
    const to = { ArrowLeft: at - step, ArrowDown: at - step, ArrowRight: at + step, ArrowUp: at + step }[event.key];
    // The thread goes through its messages with the same keys.
    event.stopPropagation();
    if (to === undefined) return;
    event.preventDefault();
    seek(to);
  };
  /** Its address may have ended while it was heard. */
  const failed = () => {
    if (resumed.current || !audio.current?.getAttribute("src")) return setWrong(true);
    resumed.current = true;
    audio.current.removeAttribute("src");
    void play(at, renew(media.id));
  };

  const name = nameOf(media);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of controls, not of form fields
    <div role="group" aria-label={name} data-testid="player" className="w-[260px] max-w-full py-0.5">
      {/* biome-ignore lint/a11y/useMediaCaption: what customers record has no captions */}
      <audio
        ref={audio}
        preload="none"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => {
          setPlaying(false);
          setAt(0);
        }}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onDurationChange={({ currentTarget: element }) =>
          Number.isFinite(element.duration) && setLength(element.duration)
        }
        onPlaying={() => {
          resumed.current = false;
        }}
        onError={failed}
      />
      <div className="flex items-center gap-2.5">
        <button
          type="button"
          data-testid="play"
          aria-label={playing ? m.player.pause : m.player.play}
          onClick={toggle}
          className="grid size-9 flex-none place-items-center rounded-full bg-accent text-accent-fg hover:bg-accent-hover phone:size-11 [&_.lucide]:size-4"
        >
          {playing ? <Pause className="fill-current" /> : <Play className="ms-0.5 fill-current" />}
        </button>
        <div className="flex min-w-0 flex-1 flex-col gap-1">
          {!media.voice && <bdi className="truncate text-xs font-medium">{name}</bdi>}
          <input
            type="range"
            min={0}
            max={length || 1}
            step="any"
            value={Math.min(at, length || 1)}
            aria-label={m.player.seek}
            aria-valuetext={m.player.at(duration(at * 1000), duration(length * 1000))}
            onChange={(event) => seek(Number(event.target.value))}
            onKeyDown={onKeyDown}
            className="h-4 w-full cursor-pointer accent-(--accent)"
          />
          <span className="num flex items-center gap-1 text-2xs text-text-3 [&_.lucide]:size-3">
            {media.voice ? <Mic aria-label={name} role="img" /> : <Music aria-hidden="true" />}
            {playing || at > 0 ? m.player.at(duration(at * 1000), duration(length * 1000)) : duration(length * 1000)}
          </span>
        </div>
        <span className="flex flex-none flex-col items-center gap-0.5">
          <button
            type="button"
            data-testid="speed"
            aria-label={m.player.speed(speed)}
            data-tip={m.player.speed(speed)}
            onClick={faster}
            className={cx(
              "num h-6 min-w-9 rounded-full px-1.5 text-2xs font-semibold hover:bg-hover phone:h-9",
              speed === 1 ? "text-text-2" : "bg-accent-tint-2 text-accent-text",
            )}
          >
            {speed}×
          </button>
          <Save media={media} />
        </span>
      </div>
      {wrong && (
        <p role="alert" className="mt-1 text-xs text-bad-text">
          {m.player.wrong}
        </p>
      )}
    </div>
  );
}

export function Save({ media }: { media: MediaView }) {
  return (
    <button
      type="button"
      aria-label={m.downloadNamed(nameOf(media))}
      data-tip={m.download}
      onClick={() => void download(media).catch(() => toast(m.gone, "bad"))}
      className="grid h-6 w-9 place-items-center rounded-full text-text-3 hover:bg-hover hover:text-text phone:h-9 [&_.lucide]:size-3.5"
    >
      <Download />
    </button>
  );
}

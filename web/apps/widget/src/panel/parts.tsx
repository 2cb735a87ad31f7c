/** @jsxImportSource preact */
import { useState } from "preact/hooks";
import { ownUrl, pieces, plain } from "../safe";
import type { Agent } from "../types";
import { useScene } from "./scene";

const PATHS = {
  chat: "M5 18.5l1-3.6a7.6 7.6 0 1 1 3 2.8z",
  down: "M6.5 9.5L12 15l5.500-5.500",
  dots: "M6 12h.01M12 12h.01M18 12h.01",
  clip: "M19 11.500l-7.300 7.200a4.600 4.600 0 0 1-6.500-6.500l7.700-7.600a3 3 0 0 1 4.300 4.300l-7.600 7.500a1.500 1.500 0 0 1-2.100-2.100l6.700-6.700",
  smile:
    "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M8.800 14c.8 1.300 1.900 2 3.200 2s2.400-.7 3.200-2M9.300 9.800h.01M14.700 9.800h.01",
  up: "M12 19V5M6 11l6-6 6 6",
  check: "M5 12.500l4.500 4.500L19 7.500",
  close: "M7 7l10 10M17 7L7 17",
  file: "M13.500 4H7a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V8.500zM13.500 4v4.500H18",
} as const;

/** Decorative: what it does always stands beside it, or in a label. */
export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} {...(name === "dots" && { "stroke-width": 2.6 })} />
    </svg>
  );
}

const HUES = 5;

function hue(name: string): number {
  let hash = 0;
  for (let index = 0; index < name.length; index++) hash = (hash * 31 + name.charCodeAt(index)) >>> 0;
  return hash % HUES;
}

/** One or two letters. */
export function initials(name: string): string {
  const letters = name.split(/\s+/u).flatMap((word) => word.match(/[\p{L}\p{N}]/u)?.[0] ?? []);
  return ((letters[0] ?? "") + (letters.length > 1 ? letters.at(-1) : "")).toLocaleUpperCase();
}

/** An agent's photo, or their initials. Decorative. */
export function Avatar({ agent }: { agent: Agent }) {
  const { server } = useScene();
  const photo = ownUrl(agent.photo_url, server);
  const [broken, setBroken] = useState<string | null>(null);
  const name = plain(agent.name);
  return (
    <span class={`avatar h${hue(name)}`} aria-hidden="true">
      {initials(name)}
      {photo && photo !== broken && <img src={photo} alt="" onError={() => setBroken(photo)} />}
    </span>
  );
}

/** A text of somebody else: words, and links that tell nobody where one came from. */
export function Text({ text }: { text: string }) {
  return (
    <>
      {pieces(text).map(({ text: words, href }) =>
        href ? (
          <a href={href} target="_blank" rel="noopener noreferrer nofollow">
            {words}
          </a>
        ) : (
          words
        ),
      )}
    </>
  );
}

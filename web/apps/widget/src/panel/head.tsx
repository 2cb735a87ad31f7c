/** @jsxImportSource preact */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { fill } from "../names";
import { plain } from "../safe";
import type { Agent } from "../types";
import { Avatar, Icon } from "./parts";
import { useScene, useStore } from "./scene";

/** Who is there, and how soon they answer. */
export function Head({ onClose }: { onClose: () => void }) {
  const { chat, config, language } = useScene();
  const { conversation } = useStore(chat);
  const { words } = language;
  const agent = conversation?.state === "open" ? conversation.agent : null;
  const others = config.agents.filter(({ name }) => name !== agent?.name);
  const faces: Agent[] = [...(agent ? [agent] : []), ...others].slice(0, 3);
  const minutes = config.reply_time_minutes;
  return (
    <header class="head">
      <div class="bar">
        <span class="stack">
          {faces.map((face) => (
            <Avatar key={face.name} agent={face} />
          ))}
        </span>
        <Options />
        <button type="button" class="icon" aria-label={words.close} onClick={onClose}>
          <Icon name="down" />
        </button>
      </div>
      <h2>
        <bdi>{plain(agent?.name) || config.title}</bdi>
      </h2>
      <p class="state">
        <i class={config.online ? "on" : ""} aria-hidden="true" />
        <span>
          {config.online ? words.online : words.away}
          {config.online && minutes !== null && `. ${fill(words.replies, { time: language.minutes(minutes) })}`}
        </span>
      </p>
    </header>
  );
}

/** Sound, and forgetting this device. */
function Options() {
  const { chat, language, device } = useScene();
  const { words } = language;
  const { phase } = useStore(chat);
  const [open, setOpen] = useState<"no" | "menu" | "sure">("no");
  const [sound, setSound] = useState(device.get("sound") === true);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step begins at its first button.
  useLayoutEffect(() => menu.current?.querySelector("button")?.focus(), [open]);
  const close = () => {
    setOpen("no");
    button.current?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hears what happens at the buttons in it.
    <div
      onKeyDown={(event) => {
        if (event.key !== "Escape" || open === "no") return;
        event.stopPropagation();
        close();
      }}
      onFocusOut={(event) => {
        const to = event.relatedTarget as Node | null;
        if (to && !event.currentTarget.contains(to)) setOpen("no");
      }}
    >
      <button
        type="button"
        class="icon"
        ref={button}
        aria-label={words.options}
        aria-expanded={open !== "no"}
        onClick={() => setOpen(open === "no" ? "menu" : "no")}
      >
        <Icon name="dots" />
      </button>
      {open !== "no" && (
        <div class="menu" ref={menu}>
          {open === "menu" ? (
            <>
              <button
                type="button"
                aria-pressed={sound}
                onClick={() => {
                  device.set("sound", !sound);
                  setSound(!sound);
                }}
              >
                {words.sound}
                <span class="tick">{sound && <Icon name="check" />}</span>
              </button>
              {phase !== "none" && (
                <button type="button" onClick={() => setOpen("sure")}>
                  {words.forget}
                </button>
              )}
            </>
          ) : (
            <>
              <p>{words.forgetting}</p>
              <button
                type="button"
                class="primary"
                onClick={() => {
                  chat.forget();
                  close();
                }}
              >
                {words.forgetYes}
              </button>
              <button type="button" onClick={close}>
                {words.forgetNo}
              </button>
            </>
          )}
        </div>
      )}
    </div>
  );
}

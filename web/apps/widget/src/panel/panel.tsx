/** @jsxImportSource preact */

import { useEffect, useRef, useState } from "preact/hooks";
import { fill } from "../names";
import { Composer } from "./composer";
import { Head } from "./head";
import { Prechat } from "./prechat";
import { useScene, useStore } from "./scene";
import { Thread } from "./thread";

/** A line that is away for this long is worth a word. Milliseconds. */
const WORTH_A_WORD = 3_000;
const PHONE = "(max-width: 480px), (max-height: 480px)";

/** The chat, open. `focus`: somebody has just opened it. */
export function Panel({ focus, onClose }: { focus: boolean; onClose: () => void }) {
  const { chat, config, language, tray } = useScene();
  const { words } = language;
  const { phase, visitor, messages, unread } = useStore(chat);
  const { items } = useStore(chat.outbox);
  const box = useRef<HTMLElement>(null);
  const [asked, setAsked] = useState(chat.introduced);
  const [over, setOver] = useState(false);

  const form = config.prechat.on && config.prechat.fields.length > 0;
  const ask = form && !asked && !visitor?.known && messages.length + items.length === 0;

  // A phone's keyboard would cover what one writes into before one has read anything.
  const keys = focus && !matchMedia("(pointer: coarse)").matches;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it opens.
  useEffect(() => {
    if (focus && (!keys || ask)) box.current?.focus();
  }, [focus]);

  // Forgotten, in this tab or in another: the form asks again.
  useEffect(() => {
    if (phase === "none") setAsked(false);
  }, [phase]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what comes while one looks is seen.
  useEffect(() => {
    const seen = () => !document.hidden && chat.read();
    seen();
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, [chat, phase, unread, messages]);

  return (
    <section
      class="panel"
      part="panel"
      id="panel"
      ref={box}
      role="dialog"
      lang={language.tag}
      aria-label={fill(words.dialog, { name: config.title })}
      aria-modal={matchMedia(PHONE).matches}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.isComposing) onClose();
        else if (event.key === "Tab" && matchMedia(PHONE).matches) stay(event, box.current);
      }}
      onDragOver={(event) => {
        if (!config.upload.on || ask || !event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        if (!over) return;
        event.preventDefault();
        setOver(false);
        tray.add(event.dataTransfer?.files ?? []);
      }}
    >
      <Head onClose={onClose} />
      <Banner />
      {ask ? (
        phase === "ready" && <Prechat onDone={() => setAsked(true)} />
      ) : (
        <>
          <Thread />
          <Composer focus={keys || (form && asked)} />
        </>
      )}
      {over && <div class="drop">{words.drop}</div>}
    </section>
  );
}

/** Full screen, nothing else can be reached: Tab goes round. */
function stay(event: KeyboardEvent, box: HTMLElement | null) {
  const all = [
    ...(box?.querySelectorAll<HTMLElement>("button,a[href],input:not([hidden]),textarea,[tabindex='0']") ?? []),
  ];
  const active = (box?.getRootNode() as ShadowRoot | undefined)?.activeElement;
  const from = event.shiftKey ? all[0] : all.at(-1);
  if (active !== from && !(event.shiftKey && active === box)) return;
  event.preventDefault();
  (event.shiftKey ? all.at(-1) : all[0])?.focus();
}

/** What is wrong with the line, in words. */
function Banner() {
  const { chat, language } = useScene();
  const { words } = language;
  const { phase, live } = useStore(chat);
  const [late, setLate] = useState(false);
  const [offline, setOffline] = useState(!navigator.onLine);
  const well = phase === "ready" && live;
  useEffect(() => {
    if (well || phase === "none") return setLate(false);
    const timer = setTimeout(() => setLate(true), WORTH_A_WORD);
    return () => clearTimeout(timer);
  }, [well, phase]);
  useEffect(() => {
    const look = () => setOffline(!navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  const text = offline ? words.offline : phase === "failed" ? words.trouble : late && !well ? words.connecting : null;
  return (
    <div role="status">{text && <p class={`banner${phase === "failed" && !offline ? " bad" : ""}`}>{text}</p>}</div>
  );
}

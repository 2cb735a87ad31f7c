/** @jsxImportSource preact */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { fill } from "../names";
import { Icon, Text } from "./parts";
import { useScene, useStore } from "./scene";

/** Characters in one message. */
const LONGEST = 4_000;
/** Typing is told this often, and is over after this long without a key. Milliseconds. */
const TYPING = 3_000;
const EMOJI = [..."😀😂😊😍😉😎🤔😕😢😭😡😴👍👎👌🙏👏💪👋🤝❤🎉🔥✅"];

/** Where one writes. */
export function Composer({ focus }: { focus: boolean }) {
  const { chat, config, language, tray, tab } = useScene();
  const { words } = language;
  const { entries } = useStore(tray);
  const { messages } = useStore(chat);
  const { items } = useStore(chat.outbox);
  const [text, setText] = useState(() => String(tab.get("draft") ?? ""));
  const [emoji, setEmoji] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const told = useRef(0);
  const quiet = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  useEffect(() => {
    if (focus) area.current?.focus();
    return () => clearTimeout(quiet.current);
  }, [focus]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: as high as the text.
  useLayoutEffect(() => {
    const box = area.current;
    if (!box) return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  }, [text]);

  const write = (now: string) => {
    setText(now);
    tab.set("draft", now);
    clearTimeout(quiet.current);
    if (now && Date.now() - told.current > TYPING) {
      told.current = Date.now();
      chat.typing(true);
    }
    if (told.current) quiet.current = setTimeout(stop, now ? TYPING : 0);
  };
  const stop = () => {
    told.current = 0;
    chat.typing(false);
  };

  const full = text.trim() !== "" || entries.some(({ done }) => done);
  const why = tray.busy ? words.wait : words.send;
  const send = () => {
    if (!full || tray.busy) return;
    for (const media of tray.take()) chat.send({ media });
    if (text.trim()) chat.send({ text: text.trim() });
    write("");
    setEmoji(false);
    area.current?.focus();
  };

  const insert = (what: string) => {
    const box = area.current;
    const at = box?.selectionStart ?? text.length;
    write((text.slice(0, at) + what + text.slice(box?.selectionEnd ?? at)).slice(0, LONGEST));
    box?.focus();
  };

  const { consent } = config.texts;
  return (
    <form
      class="foot"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !emoji) return;
        event.stopPropagation();
        setEmoji(false);
        area.current?.focus();
      }}
    >
      {entries.length > 0 && <Tray />}
      {emoji && (
        <div class="emoji">
          {EMOJI.map((one) => (
            <button key={one} type="button" onClick={() => insert(one)}>
              {one}
            </button>
          ))}
        </div>
      )}
      <div class="write">
        <textarea
          ref={area}
          rows={1}
          // Empty, it runs as the language does.
          dir={text ? "auto" : undefined}
          value={text}
          maxLength={LONGEST}
          placeholder={words.write}
          aria-label={words.write}
          onInput={(event) => write(event.currentTarget.value)}
          onPaste={(event) => {
            const files = event.clipboardData?.files;
            if (!config.upload.on || !files?.length) return;
            event.preventDefault();
            tray.add(files);
          }}
          onKeyDown={(event) => {
            // On a phone Enter is a new line: there is a button beside it, and no Shift. 229: a word is being put together (Safari).
            const composing = event.isComposing || event.keyCode === 229;
            if (event.key !== "Enter" || event.shiftKey || composing || matchMedia("(pointer: coarse)").matches) return;
            event.preventDefault();
            send();
          }}
        />
        {config.upload.on && (
          <>
            <input
              ref={picker}
              type="file"
              multiple
              hidden
              accept={config.upload.mime_types.join()}
              onChange={(event) => {
                tray.add(event.currentTarget.files ?? []);
                event.currentTarget.value = "";
                area.current?.focus();
              }}
            />
            <button type="button" class="icon" aria-label={words.attach} onClick={() => picker.current?.click()}>
              <Icon name="clip" />
            </button>
          </>
        )}
        <button
          type="button"
          class="icon"
          aria-label={words.emoji}
          aria-expanded={emoji}
          onClick={() => setEmoji(!emoji)}
        >
          <Icon name="smile" />
        </button>
        <button type="submit" class="icon go" aria-label={why} aria-disabled={!full || tray.busy}>
          <Icon name="up" />
        </button>
      </div>
      {consent && messages.length + items.length === 0 && (
        <p class="small">
          <Text text={consent} />
        </p>
      )}
      {config.branding && (
        <p class="small">
          {words.by} <b>MAX</b>
        </p>
      )}
    </form>
  );

  /** The files that go with it. */
  function Tray() {
    return (
      <ul class="tray" aria-label={words.file}>
        {entries.map(({ key, name, share, error, done }) => (
          <li key={key}>
            <span role={error ? "alert" : undefined}>
              {error ? (
                <span class="error">
                  {fill(words[error], { name, size: language.bytes(config.upload.max_bytes) })}{" "}
                  {error === "lost" && (
                    <button type="button" onClick={() => tray.retry(key)}>
                      {words.retry}
                    </button>
                  )}
                </span>
              ) : (
                <bdi>{name}</bdi>
              )}
            </span>
            <button
              type="button"
              class="icon"
              aria-label={fill(words.remove, { name })}
              onClick={() => tray.remove(key)}
            >
              <Icon name="close" />
            </button>
            {!error && !done && <progress value={share} aria-label={name} />}
          </li>
        ))}
      </ul>
    );
  }
}

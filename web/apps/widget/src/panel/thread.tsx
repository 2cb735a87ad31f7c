/** @jsxImportSource preact */

import { Fragment } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { fill } from "../names";
import { plain } from "../safe";
import { chosen, follows, helloOf, underWay } from "../thread";
import { Bubble, Leaving } from "./bubble";
import { Avatar, Text } from "./parts";
import { useScene, useStore } from "./scene";

/** This near to the end counts as at the end, and this near to the beginning asks for more. Pixels. */
const NEAR = 80;

/** What was said, the newest at the bottom. */
export function Thread() {
  const { chat, config, language } = useScene();
  const { words } = language;
  const { messages, more, typing, phase, conversation } = useStore(chat);
  const { items } = useStore(chat.outbox);
  const pending = underWay(items, messages);
  const list = useRef<HTMLDivElement>(null);
  const place = useRef({ height: 0, top: 0, atEnd: true, first: messages[0]?.seq });
  const [below, setBelow] = useState(false);
  // What came before this was drawn first does not move in.
  const [old] = useState(messages.at(-1)?.seq ?? 0);
  const last = messages.at(-1);
  const leaving = pending.at(-1)?.id;

  useLayoutEffect(() => {
    const box = list.current;
    if (!box) return;
    const { height, top, atEnd, first } = place.current;
    const older = first !== undefined && messages[0] !== undefined && messages[0].seq < first;
    if (older) box.scrollTop = top + box.scrollHeight - height;
    else if (atEnd) box.scrollTop = box.scrollHeight;
    place.current = { height: box.scrollHeight, top: box.scrollTop, atEnd, first: messages[0]?.seq };
  });

  // What one sends oneself is looked at.
  // biome-ignore lint/correctness/useExhaustiveDependencies: at each new one.
  useLayoutEffect(() => {
    if (leaving) toEnd();
  }, [leaving]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: at each new one.
  useEffect(() => {
    if (!place.current.atEnd) setBelow(true);
  }, [last?.id]);

  // The keyboard of a phone comes and goes; the end stays in view.
  useEffect(() => {
    const box = list.current;
    if (!box || !("ResizeObserver" in window)) return;
    const watch = new ResizeObserver(() => {
      if (place.current.atEnd) box.scrollTop = box.scrollHeight;
    });
    watch.observe(box);
    return () => watch.disconnect();
  }, []);

  const toEnd = () => {
    place.current.atEnd = true;
    setBelow(false);
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  };

  const onScroll = () => {
    const box = list.current;
    if (!box) return;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    place.current = { height: box.scrollHeight, top: box.scrollTop, atEnd, first: messages[0]?.seq };
    if (atEnd) setBelow(false);
    if (box.scrollTop < NEAR && more) chat.older();
  };

  const hello = helloOf(config, words);
  const newest = messages.findLast?.(({ from }) => from === "visitor")?.id;
  const name = plain(typing?.name) || words.team;
  return (
    <div class="middle">
      <div
        class="thread"
        ref={list}
        role="log"
        aria-live="off"
        aria-label={words.messages}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reached by keyboard.
        tabIndex={0}
        onScroll={onScroll}
      >
        {more && (
          <button type="button" class="quiet" onClick={() => chat.older()}>
            {words.earlier}
          </button>
        )}
        {!more &&
          phase !== "starting" &&
          hello.map((text) => (
            <div key={text} class="row">
              <span class="bubble" dir="auto">
                <Text text={text} />
              </span>
            </div>
          ))}
        {phase === "starting" && messages.length === 0 && <p class="notice">{words.connecting}</p>}
        {messages.map((message, index) => {
          const before = messages[index - 1];
          const after = messages[index + 1];
          const day = language.day(message.at);
          const begins = !before || language.day(before.at) !== day;
          return (
            <Fragment key={message.id}>
              {begins && <p class="day">{day}</p>}
              <Bubble
                message={message}
                first={begins || !follows(before, message)}
                last={!after || !follows(message, after) || language.day(after.at) !== day}
                fresh={message.seq > old && message.from === "agent"}
                newest={message.id === newest && pending.length === 0}
                answer={message.choices ? chosen(message, messages.slice(index + 1), pending) : null}
              />
            </Fragment>
          );
        })}
        {pending.map((item, index) => (
          <Leaving key={item.id} item={item} first={index === 0 && last?.from !== "visitor"} />
        ))}
        {conversation?.waiting_position && (
          <p class="notice">{fill(words.place, { n: conversation.waiting_position })}</p>
        )}
        {typing && (
          <div class="row first">
            <Avatar agent={{ ...typing, name }} />
            <span class="bubble dots" role="img" aria-label={fill(words.typing, { name })}>
              <i />
              <i />
              <i />
            </span>
          </div>
        )}
      </div>
      {below && (
        <button type="button" class="chip" onClick={toEnd}>
          {words.latest}
        </button>
      )}
    </div>
  );
}

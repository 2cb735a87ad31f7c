/** @jsxImportSource preact */
import { useState } from "preact/hooks";
import type { Pending } from "../outbox";
import { ownUrl, plain } from "../safe";
import type { Media, Message } from "../types";
import { Avatar, Icon, Text } from "./parts";
import { useScene, useStore } from "./scene";

interface BubbleProps {
  message: Message;
  /** First and last of what one side said together. */
  first: boolean;
  last: boolean;
  /** It came while one was looking. */
  fresh: boolean;
  /** The newest of one's own: it shows how far it got. */
  newest: boolean;
  /** Chosen from its choices; `undefined` while they wait. */
  answer: string | null | undefined;
}

export function Bubble({ message, first, last, fresh, newest, answer }: BubbleProps) {
  const { language } = useScene();
  const { words } = language;
  const name = plain(message.agent?.name) || words.team;
  if (message.from === "system" || message.type === "notice") {
    return (
      <p class="notice" dir="auto">
        {message.text}
      </p>
    );
  }
  const own = message.from === "visitor";
  const edited = message.edited_at && !message.deleted ? `${words.edited} · ` : "";
  const status = own && newest && message.status !== "failed" && message.status;
  const time = language.time(message.at);
  return (
    <div class={`row${first ? " first" : ""}${own ? " me" : ""}${fresh ? " fresh" : ""}`}>
      {!own && (last ? <Avatar agent={message.agent ?? { name, photo_url: null }} /> : <span class="gap" />)}
      <div class="body">
        <span class="sr">{`${own ? words.you : name}:`}</span>
        <Content message={message} />
        {message.reactions.length > 0 && (
          <span class="reactions">{message.reactions.map(({ emoji }) => emoji).join(" ")}</span>
        )}
        {message.choices && message.choices.length > 0 && <Choices message={message} answer={answer} />}
        {own && message.status === "failed" && <span class="meta">{words.refused.split(".")[0]}.</span>}
        {(edited || status || (last && !own)) && (
          <span class="meta">
            {edited}
            {status ? (
              `${words[status]} ${time}`
            ) : (
              <>
                {!own && <bdi>{name}</bdi>}
                {!own && " · "}
                {time}
              </>
            )}
          </span>
        )}
      </div>
    </div>
  );
}

function Content({ message }: { message: Message }) {
  const { words } = useScene().language;
  const { text, media, location, reply_to } = message;
  if (message.deleted) return <span class="bubble gone">{words.deleted}</span>;
  const place = location && [location.name, location.address].filter(Boolean).join(", ");
  const at = location && `${words.location}: ${place || `${location.latitude}, ${location.longitude}`}`;
  const said = text || at;
  return (
    <>
      {media && <Attachment media={media} />}
      {said && (
        <span class={`bubble${message.status === "failed" ? " not" : ""}`} dir="auto">
          {reply_to?.text && (
            <span class="quote" dir="auto">
              {reply_to.text}
            </span>
          )}
          <Text text={said} />
        </span>
      )}
    </>
  );
}

const GONE = ["gone", "expired", "missing", "failed", "deleted"];
const CHECKING = ["pending", "checking", "processing"];

/** A picture, a film, a voice or a file, if it is MAX that has it. Nothing plays by itself. */
export function Attachment({ media }: { media: Media }) {
  const { chat, server, language } = useScene();
  const { words } = language;
  const [broken, setBroken] = useState<string | null>(null);
  const url = ownUrl(media.url, server);
  const kind = media.kind === "voice" ? "audio" : media.kind === "sticker" ? "image" : media.kind;
  const label = words[kind as "image" | "video" | "audio"] ?? words.file;
  const name = plain(media.name) || label;
  // An address that has run out is asked for once more; after that a card with the name stays.
  const onError = () => {
    setBroken(url);
    chat.refresh();
  };
  if (url && url !== broken) {
    if (kind === "image") {
      return (
        <a class="picture" href={url} target="_blank" rel="noopener noreferrer nofollow">
          <img
            src={ownUrl(media.thumbnail_url, server) ?? url}
            alt={`${name} (${words.tab})`}
            loading="lazy"
            {...(media.width && media.height && { width: media.width, height: media.height })}
            onError={onError}
          />
        </a>
      );
    }
    if (kind === "video") {
      // biome-ignore lint/a11y/useMediaCaption: what people film for each other has none.
      return <video src={url} controls preload="metadata" playsInline aria-label={name} onError={onError} />;
    }
    if (kind === "audio") {
      // biome-ignore lint/a11y/useMediaCaption: what people say to each other has none.
      return <audio src={url} controls preload="none" aria-label={name} onError={onError} />;
    }
  }
  const state =
    media.state === "blocked"
      ? words.blocked
      : CHECKING.includes(media.state)
        ? words.checking
        : GONE.includes(media.state) || !url
          ? words.gone
          : media.size
            ? language.bytes(media.size)
            : label;
  const card = (
    <>
      <Icon name="file" />
      <span>
        <bdi>{name}</bdi>
        <small>{state}</small>
      </span>
    </>
  );
  return url && state !== words.blocked ? (
    <a class="file" href={url} target="_blank" rel="noopener noreferrer nofollow">
      {card}
      <span class="sr">{words.tab}</span>
    </a>
  ) : (
    <span class="file">{card}</span>
  );
}

/** Buttons until something is answered; after that the words stay, with what was chosen. */
function Choices({ message, answer }: { message: Message; answer: string | null | undefined }) {
  const { chat } = useScene();
  return (
    <div class="choices">
      {message.choices?.map((choice) =>
        answer === undefined ? (
          <button key={choice.id} type="button" dir="auto" onClick={() => chat.send({ choice })}>
            {choice.title}
          </button>
        ) : (
          <span key={choice.id} class={answer === choice.title ? "on" : ""} dir="auto">
            {answer === choice.title && <Icon name="check" />}
            {choice.title}
          </span>
        ),
      )}
    </div>
  );
}

/** What is on its way, or did not get there. */
export function Leaving({ item, first }: { item: Pending; first: boolean }) {
  const { chat, language } = useScene();
  const { words } = language;
  const { live } = useStore(chat);
  const text = item.text ?? item.choice?.title;
  return (
    <div class={`row me${first ? " first" : ""}`}>
      <span class="sr">{`${words.you}:`}</span>
      {item.media && (
        <Attachment
          media={{
            ...item.media,
            mime_type: null,
            width: null,
            height: null,
            thumbnail_url: null,
            state: "ready",
          }}
        />
      )}
      {text && (
        <span class={`bubble${item.failed ? " not" : ""}`} dir="auto">
          {text}
        </span>
      )}
      <span class="meta">
        {item.failed ? (
          <>
            <button type="button" onClick={() => chat.again(item)}>
              {words[item.failed]}
            </button>
            <button type="button" onClick={() => chat.outbox.remove(item.id)}>
              {words.discard}
            </button>
          </>
        ) : live ? (
          words.sending
        ) : (
          words.waiting
        )}
      </span>
    </div>
  );
}

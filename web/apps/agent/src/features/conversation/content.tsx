import type { Content, Message } from "@max/api";
import {
  CircleQuestionMark,
  Contact,
  File,
  FileText,
  Image,
  MapPin,
  Mic,
  MousePointerClick,
  Music,
  Pencil,
  ShoppingCart,
  Sticker,
  Trash2,
  Video,
} from "lucide-react";
import { type ReactNode, useState } from "react";
import { fullTime } from "../../lib/time";
import { s } from "../../strings";
import { m } from "../../strings-media";
import { t } from "../../strings-thread";

/** What a message says, and what became of it since. */
export function MessageContent({ message }: { message: Message }) {
  if (message.revoked_at) {
    return (
      <p className="flex items-center gap-1.5 text-sm text-text-2 italic [&_.lucide]:size-3.5">
        <Trash2 />
        <span data-tip={fullTime(Date.parse(message.revoked_at))}>
          <bdi>{m.deleted(message.author.name)}</bdi>
        </span>
      </p>
    );
  }
  return (
    <>
      <Said message={message} />
      {message.original_text !== null && message.edited_at && (
        <Edited at={message.edited_at} before={message.original_text} />
      )}
    </>
  );
}

function Edited({ at, before }: { at: string; before: string }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="mt-1 text-2xs text-text-3">
      <span className="flex items-center gap-1 [&_.lucide]:size-3">
        <Pencil />
        <span data-tip={fullTime(Date.parse(at))}>{m.edited}</span>
        {s.dot}
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="font-medium text-accent-text hover:underline phone:min-h-9"
        >
          {open ? m.originalHide : m.original}
        </button>
      </span>
      {open && (
        <div className="mt-1 border-s-2 border-line-control ps-2 text-sm text-text-2">
          <Text>{before}</Text>
        </div>
      )}
    </div>
  );
}

/** By its kind. Text as it is; everything else as a card with what we know of it. */
function Said({ message }: { message: Message }) {
  const { content } = message;
  switch (content.type) {
    case "text":
      return <Text>{content.text}</Text>;
    case "media":
      return <MediaCard media={content} />;
    case "location":
      return (
        <Card
          icon={<MapPin />}
          title={content.name || t.media.location}
          detail={content.address || coordinates(content.latitude, content.longitude)}
        >
          {safeUrl(content.url) && <Anchor href={safeUrl(content.url) as string}>{t.media.map}</Anchor>}
        </Card>
      );
    case "contacts":
      return (
        <div className="flex flex-col gap-2">
          {content.contacts.map((card) => (
            <Card
              key={`${card.name} ${card.phones.join()} ${card.emails.join()}`}
              icon={<Contact />}
              title={card.name || t.media.contact}
              detail={[...card.phones, ...card.emails].join(s.dot)}
            />
          ))}
        </div>
      );
    case "choice":
      return (
        <div>
          <Label icon={<MousePointerClick />}>{t.thread.chose}</Label>
          <Text>{content.title}</Text>
          {content.description && <p className="text-sm text-text-2">{content.description}</p>}
        </div>
      );
    case "order":
      return (
        <Card icon={<ShoppingCart />} title={t.media.order(content.items.length)} detail={content.note ?? ""}>
          <ul className="num mt-1 flex flex-col gap-0.5 text-xs text-text-2">
            {content.items.map((item) => (
              <li key={item.product_id}>
                {item.quantity} × {item.product_id}
                {item.price != null && item.currency && ` · ${money(item.price, item.currency)}`}
              </li>
            ))}
          </ul>
        </Card>
      );
    case "template":
      return (
        <div className="flex flex-col gap-1">
          {content.header && (
            <p dir="auto" className="font-semibold wrap-anywhere">
              {content.header}
            </p>
          )}
          <Text>{content.body}</Text>
          {content.footer && (
            <p dir="auto" className="text-xs text-text-3">
              {content.footer}
            </p>
          )}
          {(content.buttons ?? []).map(({ kind, text }) => (
            <bdi
              key={`${kind} ${text}`}
              className="border-t border-line pt-1 text-center text-sm font-medium text-text-2"
            >
              {text}
            </bdi>
          ))}
        </div>
      );
    case "edit":
      return (
        <div>
          <Label>{t.thread.edited}</Label>
          <Text>{content.text ?? message.preview}</Text>
        </div>
      );
    case "unsupported":
      return (
        <Card icon={<CircleQuestionMark />} title={message.preview} detail={content.detail || t.thread.unsupported} />
      );
    default:
      return <Text>{message.preview}</Text>;
  }
}

function MediaCard({ media }: { media: Extract<Content, { type: "media" }> }) {
  const title = media.filename || (media.kind === "audio" && media.voice ? t.media.voice : t.media[media.kind]);
  const detail = format(media.mime_type);
  return (
    <div>
      <Card icon={mediaIcon(media)} title={title} detail={detail} />
      {media.caption && (
        <div className="mt-1.5">
          <Text>{media.caption}</Text>
        </div>
      )}
    </div>
  );
}

/** `application/pdf` as `PDF`; long technical names say nothing to people. */
function format(mime: string | null | undefined): string {
  const name = mime?.split("/")[1]?.replace(/^x-/u, "") ?? "";
  return name.length <= 5 ? name.toUpperCase() : "";
}

function mediaIcon(media: Extract<Content, { type: "media" }>): ReactNode {
  switch (media.kind) {
    case "image":
      return <Image />;
    case "video":
      return <Video />;
    case "audio":
      return media.voice ? <Mic /> : <Music />;
    case "sticker":
      return <Sticker />;
    default:
      return media.mime_type === "application/pdf" ? <FileText /> : <File />;
  }
}

function Card(props: { icon: ReactNode; title: string; detail?: string; children?: ReactNode }) {
  return (
    <div className="flex min-w-[180px] items-start gap-2.5 py-0.5">
      <span className="grid size-9 flex-none place-items-center rounded-md bg-surface text-text-2 shadow-1 [&_.lucide]:size-[18px]">
        {props.icon}
      </span>
      <span className="min-w-0 flex-1 self-center leading-[1.35]">
        <bdi className="block text-sm font-medium wrap-anywhere">{props.title}</bdi>
        {props.detail && <bdi className="block text-xs wrap-anywhere text-text-3">{props.detail}</bdi>}
        {props.children}
      </span>
    </div>
  );
}

function Label({ icon, children }: { icon?: ReactNode; children: ReactNode }) {
  return (
    <p className="flex items-center gap-1 text-2xs font-medium text-text-3 [&_.lucide]:size-3">
      {icon}
      {children}
    </p>
  );
}

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/gu;

/** Words as written, with web addresses to press. */
export function Text({ children, inline }: { children: string; inline?: boolean }) {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const match of children.matchAll(LINK)) {
    const url = safeUrl(match[0]);
    if (!url) continue;
    parts.push(children.slice(from, match.index));
    parts.push(
      <Anchor key={match.index} href={url}>
        {match[0]}
      </Anchor>,
    );
    from = match.index + match[0].length;
  }
  parts.push(children.slice(from));
  if (inline) return parts;
  return (
    <p dir="auto" className="wrap-anywhere whitespace-pre-wrap">
      {parts}
    </p>
  );
}

function Anchor({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" className="text-accent-text underline underline-offset-2">
      {children}
    </a>
  );
}

/** Only web addresses: a customer chooses what stands here. */
function safeUrl(url: string | null | undefined): string | null {
  if (!url) return null;
  try {
    const { protocol, href } = new URL(url);
    return protocol === "https:" || protocol === "http:" ? href : null;
  } catch {
    return null;
  }
}

function coordinates(latitude: number, longitude: number): string {
  return `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
}

function money(amount: number, currency: string): string {
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency }).format(amount);
  } catch {
    return `${amount} ${currency}`;
  }
}

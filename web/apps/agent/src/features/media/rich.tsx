import type { Content, MediaView, Message } from "@max/api";
import { cx } from "@max/ui";
import {
  CircleQuestionMark,
  ClipboardCheck,
  Contact,
  File,
  FileText,
  Forward,
  Image,
  Megaphone,
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
import { Anchor, safeUrl, Text } from "../conversation/content";
import { Card, FileCard, Missing } from "./card";
import { Copy } from "./copy";
import { format, plainName } from "./format";
import { LocationCard } from "./location";
import { Pictures } from "./pictures";
import { Player } from "./player";
import { QuestionView } from "./question";

/** Longer texts show their beginning. */
const LONG = 1_500;
const CUT = 1_000;

/** A message that is more than a few words: by its kind, with where it came from and what became of it. */
export function Rich({ message, album }: { message: Message; album?: readonly Message[] | undefined }) {
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
      {message.forwarded && <Label icon={<Forward className="rtl:-scale-x-100" />}>{m.forwarded}</Label>}
      {message.referral && <Referral referral={message.referral} />}
      <Body message={message} album={album} />
      {message.edited_at && <Edited at={message.edited_at} before={message.original_text} />}
    </>
  );
}

function Body({ message, album }: { message: Message; album: readonly Message[] | undefined }) {
  const { content, conversation_id: id } = message;
  if (album) {
    const all = album.flatMap((one) => one.attachments.map((media) => ({ media, messageId: one.id })));
    return (
      <div className={EDGE}>
        <Pictures all={all} conversationId={id} />
      </div>
    );
  }
  switch (content.type) {
    case "text":
      return (
        <>
          <Files message={message} />
          <Words>{content.text}</Words>
        </>
      );
    case "media":
      return (
        <>
          {message.attachments.length > 0 ? (
            <Files message={message} caption={content.caption} />
          ) : (
            <Told media={content} />
          )}
          {content.caption && (
            <div>
              <Words>{content.caption}</Words>
            </div>
          )}
        </>
      );
    case "location":
      return <LocationCard {...content} />;
    case "buttons":
    case "list":
      return <QuestionView question={content} />;
    case "contacts":
      return (
        <div className="flex flex-col gap-2">
          {content.contacts.map((card) => (
            <Card
              key={`${card.name} ${card.phones.join()} ${card.emails.join()}`}
              icon={<Contact />}
              title={card.name || m.contact}
            >
              {[...card.phones, ...card.emails].map((line) => (
                <Copy key={line}>{line}</Copy>
              ))}
            </Card>
          ))}
        </div>
      );
    case "choice":
      return content.kind === "form" ? (
        <Form title={content.title} form={content.form} />
      ) : (
        <div>
          <Label icon={<MousePointerClick />}>{m.choice[content.kind]}</Label>
          <Text>{content.title}</Text>
          {content.description && <Text small>{content.description}</Text>}
        </div>
      );
    case "order":
      return <Order order={content} />;
    case "template":
      return (
        <>
          <Files message={message} />
          <Template template={content} />
        </>
      );
    case "edit":
      return (
        <div>
          <Label icon={<Pencil />}>{m.edited}</Label>
          <Words>{content.text ?? message.preview}</Words>
        </div>
      );
    case "unsupported":
      return (
        <Card
          icon={<CircleQuestionMark />}
          title={message.preview || m.unsupported}
          detail={content.detail || m.unsupported}
        />
      );
    default:
      return <Words>{message.preview}</Words>;
  }
}

/** Pictures come nearer to the edge of their bubble than words do. */
const EDGE = "first:-mt-1 last:-mb-1";

/** The files of a message, pictures together. */
export function Files(props: {
  message: Pick<Message, "id" | "conversation_id" | "attachments">;
  caption?: string | null | undefined;
}) {
  const { message, caption } = props;
  return (
    <FileList
      media={message.attachments}
      messageId={message.id}
      conversationId={message.conversation_id}
      caption={caption}
    />
  );
}

export function FileList(props: {
  media: readonly MediaView[];
  messageId: string;
  conversationId: string;
  caption?: string | null | undefined;
}) {
  const seen = props.media.filter(({ kind }) => kind === "image" || kind === "video" || kind === "sticker");
  const others = props.media.filter((media) => !seen.includes(media));
  if (props.media.length === 0) return null;
  const [only] = seen.length === 1 ? seen : [];
  const words = only && (only.kind === "sticker" || only.state === "failed" || only.state === "blocked");
  return (
    <div
      className={cx("flex flex-col gap-1.5 not-last:mb-1.5", seen.length > 0 && others.length === 0 && !words && EDGE)}
    >
      {seen.length > 0 && (
        <Pictures
          all={seen.map((media) => ({ media, messageId: props.messageId, caption: props.caption ?? null }))}
          conversationId={props.conversationId}
        />
      )}
      {others.map((media) =>
        media.state !== "ready" ? (
          <Missing key={media.id} media={media} />
        ) : media.kind === "audio" ? (
          <Player key={media.id} media={media} />
        ) : (
          <FileCard key={media.id} media={media} />
        ),
      )}
    </div>
  );
}

/** What the customer's message says of a file that MAX does not have: it came before files were kept. */
function Told({ media }: { media: Extract<Content, { type: "media" }> }) {
  const kind = media.kind === "audio" && media.voice ? m.kind.voice : m.kind[media.kind];
  return (
    <Card
      icon={icon(media)}
      title={(media.filename && plainName(media.filename)) || kind}
      detail={format(media.mime_type)}
    />
  );
}

function icon(media: Extract<Content, { type: "media" }>): ReactNode {
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

/** A template as it went out. */
function Template({ template }: { template: Extract<Content, { type: "template" }> }) {
  const { header, body, footer, buttons = [] } = template;
  return (
    <div className="flex flex-col gap-1">
      {header && (
        <p dir="auto" className="font-semibold wrap-anywhere">
          {header}
        </p>
      )}
      <Text>{body}</Text>
      {footer && (
        <p dir="auto" className="text-xs text-text-3">
          {footer}
        </p>
      )}
      {buttons.map(({ kind, text }) => (
        <bdi key={`${kind} ${text}`} className="border-t border-line pt-1 text-center text-sm font-medium text-text-2">
          {text}
        </bdi>
      ))}
    </div>
  );
}

function Order({ order }: { order: Extract<Content, { type: "order" }> }) {
  const { items } = order;
  const currency = items[0]?.currency;
  const whole = currency && items.every((item) => item.currency === currency && item.price != null);
  const total = items.reduce((sum, item) => sum + (item.price ?? 0) * item.quantity, 0);
  return (
    <Card icon={<ShoppingCart />} title={m.order(items.length)}>
      <ul className="num mt-1 flex flex-col gap-0.5 text-xs text-text-2">
        {items.map((item, index) => (
          // The same article may stand in two lines.
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of an order stay as they are
          <li key={index} className="flex gap-3">
            <bdi className="min-w-0 flex-1 wrap-anywhere">
              {item.quantity} × {item.product_id}
            </bdi>
            {item.price != null && item.currency && <span>{money(item.price * item.quantity, item.currency)}</span>}
          </li>
        ))}
        {whole && items.length > 1 && (
          <li className="flex gap-3 border-t border-line pt-0.5 font-medium text-text">
            <span className="flex-1">{m.total}</span>
            {money(total, currency)}
          </li>
        )}
      </ul>
      {order.note && (
        <div className="mt-1">
          <Words>{order.note}</Words>
        </div>
      )}
    </Card>
  );
}

function money(amount: number, currency: string): string {
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency }).format(amount);
  } catch {
    return `${amount} ${currency}`;
  }
}

/** Answers shown before the rest is asked for. */
const ANSWERS = 8;

/** What the customer filled in. The names of its fields are the form's own. */
function Form({ title, form }: { title: string; form: unknown }) {
  const [all, setAll] = useState(false);
  const answers = fields(form);
  const more = answers.length - ANSWERS;
  return (
    <div className="min-w-[200px]">
      <Label icon={<ClipboardCheck />}>{m.form.title}</Label>
      {title && <Text>{title}</Text>}
      {answers.length > 0 && (
        <dl className="mt-1 grid grid-cols-[minmax(72px,auto)_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-sm">
          {answers.slice(0, all ? undefined : ANSWERS).map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-text-3">
                <bdi>{name}</bdi>
              </dt>
              <dd className="wrap-anywhere" dir="auto">
                {value}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {more > 0 && !all && <More onClick={() => setAll(true)}>{m.form.more(more)}</More>}
    </div>
  );
}

/** A form's answers in lines. Names such as `screen_0_First_name_1` lose what only the form's builder put around them. */
export function fields(form: unknown): [string, string][] {
  if (typeof form !== "object" || form === null || Array.isArray(form)) return [];
  return Object.entries(form)
    .filter(([name, value]) => name !== "flow_token" && value !== null && value !== "")
    .map(([name, value]) => [plainField(name), answer(value)]);
}

const plainField = (name: string): string =>
  name
    .replace(/^screen_\d+_/u, "")
    .replace(/_\d+$/u, "")
    .replace(/_+/gu, " ")
    .trim()
    .replace(/^\p{Ll}/u, (letter) => letter.toLocaleUpperCase()) || name;

function answer(value: unknown): string {
  if (value === true) return m.form.yes;
  if (value === false) return m.form.no;
  if (Array.isArray(value)) return value.map(answer).join(", ");
  return typeof value === "object" ? JSON.stringify(value).slice(0, 500) : String(value);
}

function Referral({ referral }: { referral: NonNullable<Message["referral"]> }) {
  const url = safeUrl(referral.source_url);
  const kinds: Record<string, string> = m.referral;
  const label = referral.product_id ? m.referral.product : (kinds[referral.source_type ?? ""] ?? m.referral.other);
  return (
    <div className="mb-1.5 rounded-sm border-s-[3px] border-line-control bg-surface/60 px-2 py-1 text-xs leading-[1.4] text-text-2">
      <Label icon={<Megaphone />}>{label}</Label>
      {referral.headline && <bdi className="block font-medium text-text wrap-anywhere">{referral.headline}</bdi>}
      {(referral.body || referral.product_id) && (
        <bdi className="line-clamp-3 wrap-anywhere">{referral.body || referral.product_id}</bdi>
      )}
      {url && <Anchor href={url}>{new URL(url).hostname}</Anchor>}
    </div>
  );
}

function Edited({ at, before }: { at: string; before: string | null }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="mt-1 text-2xs text-text-3">
      <span className="flex items-center gap-1 [&_.lucide]:size-3">
        <Pencil />
        <span data-tip={fullTime(Date.parse(at))}>{m.edited}</span>
        {before !== null && (
          <>
            {s.dot}
            <More onClick={() => setOpen(!open)} open={open}>
              {open ? m.originalHide : m.original}
            </More>
          </>
        )}
      </span>
      {open && before !== null && (
        <div className="mt-1 border-s-2 border-line-control ps-2 text-sm text-text-2">
          <Words>{before}</Words>
        </div>
      )}
    </div>
  );
}

/** Words of any length: long ones show their beginning, with the rest a press away. */
export function Words({ children }: { children: string }) {
  const [open, setOpen] = useState(false);
  if (children.length <= LONG) return children ? <Text>{children}</Text> : null;
  return (
    <>
      <Text>{open ? children : `${beginning(children)}…`}</Text>
      <More onClick={() => setOpen(!open)} open={open}>
        {open ? m.text.less : m.text.all}
      </More>
    </>
  );
}

/** Cut between words, and never inside a character. */
export function beginning(text: string): string {
  const cut = text.slice(0, CUT);
  const space = cut.search(/\s\S*$/u);
  return (space > CUT / 2 ? cut.slice(0, space) : cut).replace(/[\ud800-\udbff]$/u, "");
}

function More(props: { onClick: () => void; open?: boolean; children: string }) {
  return (
    <button
      type="button"
      {...(props.open === undefined ? {} : { "aria-expanded": props.open })}
      onClick={props.onClick}
      className="text-xs font-medium text-accent-text hover:underline phone:min-h-9"
    >
      {props.children}
    </button>
  );
}

function Label({ icon, children }: { icon?: ReactNode; children: ReactNode }) {
  return (
    <p className={cx("mb-0.5 flex items-center gap-1 text-2xs font-medium text-text-3 [&_.lucide]:size-3")}>
      {icon}
      {children}
    </p>
  );
}

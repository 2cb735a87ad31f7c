import type { Message } from "@max/api";
import { cx } from "@max/ui";
import { lazy, type ReactNode } from "react";
import { Soft, sturdy } from "../../lib/soft";

/** Loads how everything but words is shown. */
export const loadRich = sturdy(() => import("../media/rich"));
const Rich = lazy(() => loadRich().then((module) => ({ default: module.Rich })));

/** More than this is cut, by what loads later. */
const LONG = 1_500;

/** What a message says: words as they are, anything else by its kind. `album`: photos that stand together with it. */
export function MessageContent({ message, album }: { message: Message; album?: readonly Message[] | undefined }) {
  const { content, attachments } = message;
  const bare = !message.revoked_at && !message.edited_at && !message.forwarded && !message.referral;
  if (content.type === "text" && bare && attachments.length === 0 && content.text.length <= LONG) {
    return <Text>{content.text}</Text>;
  }
  return (
    <Soft fallback={<Text>{message.preview}</Text>}>
      <Rich message={message} album={album} />
    </Soft>
  );
}

// What turns the direction of what follows could make an address read as another one.
const LINK = /https?:\/\/[^\s<>"'\u202a-\u202e\u2066-\u2069]+[^\s<>"'.,;:!?)\]}\u202a-\u202e\u2066-\u2069]/gu;

/** Words as written, with web addresses to press. */
export function Text({ children, inline, small }: { children: string; inline?: boolean; small?: boolean }) {
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
    <p dir="auto" className={cx("wrap-anywhere whitespace-pre-wrap", small && "text-sm text-text-2")}>
      {parts}
    </p>
  );
}

export function Anchor({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" className="text-accent-text underline underline-offset-2">
      {children}
    </a>
  );
}

/** Only web addresses: a customer chooses what stands here. */
export function safeUrl(url: string | null | undefined): string | null {
  if (!url) return null;
  try {
    const { protocol, href } = new URL(url);
    return protocol === "https:" || protocol === "http:" ? href : null;
  } catch {
    return null;
  }
}

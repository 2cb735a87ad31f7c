// What others wrote, made harmless. Texts go into text nodes only; what could act is checked here.

/** A piece of a text; with `href` it is a link. */
export interface Piece {
  text: string;
  href?: string;
}

const LINK = /https?:\/\/[^\s<>"'`]+/gi;
/** Closes a sentence or a bracket rather than an address. */
const TAIL = /[.,;:!?)\]}»”’*_]+$/;

/** The address, if it is an ordinary one of the web, else null. */
export function webUrl(text: string): string | null {
  try {
    const url = new URL(text);
    // A name and password in an address serve to disguise where it leads.
    return /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

/** A text with its links told apart. Joined, the pieces are the text. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(TAIL, "");
    const href = webUrl(address);
    if (!href) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index) });
    found.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}

/** The address of a file, if it is MAX's own, else null. */
export function ownUrl(url: string | null | undefined, server: string): string | null {
  if (!url) return null;
  try {
    const { href, origin, protocol } = new URL(url, server);
    return origin === new URL(server).origin && /^https?:$/.test(protocol) ? href : null;
  } catch {
    return null;
  }
}

/** A name without what is not seen: controls, and marks that turn the direction (`photo<RLO>gpj.exe`). */
export function plain(name: string | null | undefined): string {
  return (name ?? "")
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "")
    .trim()
    .slice(0, 120);
}

/** Whom a signed token is about. Not verified here: that is the server's part. */
export function subjectOf(jwt: string): string | null {
  try {
    const part = (jwt.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const { sub } = JSON.parse(atob(part));
    return typeof sub === "string" ? sub : null;
  } catch {
    return null;
  }
}

/** Whether a list of types (`image/*`, `application/pdf`) allows this one. An empty list allows all. */
export function allows(types: readonly string[], type: string): boolean {
  return (
    types.length === 0 ||
    types.some((one) => one === type || one === "*/*" || (one.endsWith("/*") && type.startsWith(one.slice(0, -1))))
  );
}

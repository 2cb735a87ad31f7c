// The secrets of a chat: made here, so that they are never anywhere before the server has them.

import { ch } from "../strings-chat";

const BYTES = 32;

/** A secret for signing calls, as the Standard Webhooks write it. */
export function makeSigningSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...random()))}`;
}

/** A secret that proves visitors, of letters that go into every settings file. */
export function makeVisitorSecret(): string {
  return Array.from(random(), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const random = () => crypto.getRandomValues(new Uint8Array(BYTES));

/** Why a text signs nothing. */
export function signingSecretWrong(text: string): string | undefined {
  const all = text.split(/\s+/).filter(Boolean);
  const fits = (one: string) => {
    const size = decoded(one.startsWith("whsec_") ? one.slice(6) : "")?.length ?? 0;
    return size >= 24 && size <= 64;
  };
  return all.length > 0 && all.length <= 3 && all.every(fits) ? undefined : ch.keys.signingWrong;
}

/** How the public key of the curve P-256 begins: the algorithm, the curve, and a point that is not compressed. */
const P256 = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";

/** Why a text proves nobody. A private key is said by its name: it must not leave the company's server. */
export function visitorKeyWrong(text: string): string | undefined {
  const given = text.trim();
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(given)) return ch.keys.isPrivate;
  if (!given.startsWith("-----BEGIN")) {
    return /^[\x21-\x7e]{32,512}$/.test(given) ? undefined : ch.keys.secretWrong;
  }
  const body = /^-----BEGIN PUBLIC KEY-----\s+([\s\S]+?)\s+-----END PUBLIC KEY-----$/.exec(given)?.[1];
  const bytes = decoded((body ?? "").replace(/\s+/g, ""));
  const hex = Array.from(bytes ?? "", (letter) => letter.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  return hex.startsWith(P256) && hex.length === P256.length + 128 ? undefined : ch.keys.publicWrong;
}

function decoded(base64: string): string | null {
  try {
    return atob(base64);
  } catch {
    return null;
  }
}

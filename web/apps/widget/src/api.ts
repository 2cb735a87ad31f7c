import type { Uploaded } from "./types";

/** The server said no, or (status 0) nothing at all. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    /** Milliseconds the server asked to wait. */
    readonly wait = 0,
  ) {
    super(`${status}`);
  }

  /** Worth trying again unchanged. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 425 || this.status === 429 || this.status >= 500;
  }
}

/** How long an answer may take. Milliseconds. */
const PATIENCE = 20_000;

/** The visitor API of one channel. Sends no cookies. */
export class Api {
  readonly base: string;

  constructor(
    readonly server: string,
    channel: string,
    /** The visitor's token, asked for at each call, since another tab may have renewed it. */
    readonly token: () => string | null,
  ) {
    this.base = `${server}/chat/${encodeURIComponent(channel)}/`;
  }

  get socket(): string {
    return `${this.base.replace(/^http/, "ws")}socket`;
  }

  async call<T>(method: string, path: string, body?: object, token = this.token()): Promise<T> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const response = await fetch(this.base + path, {
        method,
        credentials: "omit",
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(body && { "content-type": "application/json" }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: stop.signal,
      });
      if (!response.ok) {
        throw new Refused(response.status, 1000 * (Number(response.headers.get("retry-after")) || 0));
      }
      const text = await response.text();
      return (text ? JSON.parse(text) : undefined) as T;
    } catch (error) {
      throw error instanceof Refused ? error : new Refused(0);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a file. `fetch` cannot tell how far it is. */
  upload(file: File, progress: (share: number) => void): { done: Promise<Uploaded>; cancel: () => void } {
    const request = new XMLHttpRequest();
    const done = new Promise<Uploaded>((resolve, reject) => {
      request.open("POST", `${this.base}media`);
      const token = this.token();
      if (token) request.setRequestHeader("authorization", `Bearer ${token}`);
      request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
      request.onload = () => {
        try {
          if (request.status < 300) return resolve(JSON.parse(request.responseText));
        } catch {
          // An answer that is none counts as none.
        }
        reject(new Refused(request.status < 300 ? 0 : request.status));
      };
      request.onerror = request.onabort = () => reject(new Refused(0));
      const form = new FormData();
      form.append("file", file, file.name);
      request.send(form);
    });
    return { done, cancel: () => request.abort() };
  }
}

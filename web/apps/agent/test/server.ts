import axe from "axe-core";
import { vi } from "vitest";

/** What came in: the body as it was sent, read as JSON where it is. */
export interface Call {
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: unknown;
}
type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | "network";
type Handler = (call: Call) => Answer | Promise<Answer>;

/** A server made of functions, by `POST /auth/login`. Addresses it does not know answer 404. */
export class TestServer {
  readonly calls: (Call & { name: string })[] = [];
  readonly #handlers = new Map<string, Handler>();

  constructor() {
    vi.stubGlobal("fetch", async (input: Request | string, init?: RequestInit) => {
      const request = typeof input === "string" ? null : input;
      const url = new URL(request?.url ?? String(input), location.origin);
      const path = url.pathname.replace("/api/v1", "");
      const name = `${request?.method ?? init?.method ?? "GET"} ${path}`;
      const raw = request ? await request.text() : String(init?.body ?? "");
      const call = {
        path,
        query: url.searchParams,
        headers: new Headers(request?.headers ?? init?.headers),
        body: parse(raw),
      };
      this.calls.push({ name, ...call });
      const handler = this.#handlers.get(name) ?? (() => refusal(404, "not_found", "No such address."));
      const answer = await handler(call);
      if (answer === "network") throw new TypeError("fetch failed");
      const { status = 200, body, headers = {} } = answer;
      return new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
    });
  }

  on(name: string, handler: Handler | Answer): this {
    this.#handlers.set(name, typeof handler === "function" ? handler : () => handler);
    return this;
  }

  /** Bodies of the calls of an address, oldest first. */
  bodies(name: string): unknown[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.body);
  }
}

/** A problem as the server tells it. */
export function refusal(status: number, code: string, detail: string, more: object = {}, headers = {}): Answer {
  return { status, body: { type: "about:blank", title: code, status, code, detail, ...more }, headers };
}

/** One field is wrong. */
export const wrongField = (field: string, message: string): Answer =>
  refusal(422, "invalid", "Some fields are wrong.", { fields: [{ field, message }] });

function parse(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return raw || undefined;
  }
}

/** Accessibility faults, as text. jsdom draws nothing, so contrast is measured in the browser instead. */
export async function faults(node: Element = document.body): Promise<string[]> {
  const result = await axe.run(node, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`);
}

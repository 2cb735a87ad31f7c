import { ApiError, NetworkError, readError, type UploadedMedia } from "@max/api";
import { session } from "../../app/services";

/** One file on its way to the server. `fetch` cannot say how far it is. */
export interface Transfer {
  done: Promise<UploadedMedia>;
  cancel: () => void;
}

/** Sends a file. `conversationId`: it is for the customer there, so the server says how it fits. */
export function transfer(file: File, conversationId: string | null, onProgress: (part: number) => void): Transfer {
  const stop = new AbortController();
  const done = (async () => {
    const token = await session.token();
    const first = await post(file, conversationId, token, onProgress, stop.signal);
    // The token may have ended while a large file was under way.
    const answer =
      first.status === 401
        ? await post(file, conversationId, await session.renew(token), onProgress, stop.signal)
        : first;
    if (!answer.ok) throw await readError(answer);
    return (await answer.json()) as UploadedMedia;
  })();
  return { done, cancel: () => stop.abort() };
}

function post(
  file: File,
  conversationId: string | null,
  token: string,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<Response> {
  const form = new FormData();
  // Before the file: the server reads in this order.
  if (conversationId) form.append("conversation_id", conversationId);
  form.append("file", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const gone = () => reject(new DOMException("cancelled", "AbortError"));
    if (signal.aborted) return gone();
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.open("POST", "/api/v1/media");
    request.setRequestHeader("authorization", `Bearer ${token}`);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onabort = gone;
    request.onerror = () => reject(new NetworkError("The server did not answer"));
    request.onload = () => {
      const wait = request.getResponseHeader("retry-after");
      const status = request.status >= 200 && request.status <= 599 ? request.status : 500;
      resolve(
        new Response(status === 204 ? null : request.responseText, {
          status,
          headers: {
            "content-type": request.getResponseHeader("content-type") ?? "",
            ...(wait ? { "retry-after": wait } : {}),
          },
        }),
      );
    };
    request.send(form);
  });
}

/** Why it did not work, and whether another try may. */
export function fault(error: unknown, noAnswer: string): { error: string; again: boolean } {
  if (!(error instanceof ApiError)) return { error: noAnswer, again: true };
  return {
    error: error.fields[0]?.message ?? error.detail ?? noAnswer,
    again: error.transient || error.status === 401,
  };
}

import { ApiError, NetworkError } from "@max/api";
import type { Refusal } from "../features/composer/pending";
import { s } from "../strings";

/** Why a message did not go out, in words. `whole`: as a sentence of its own. */
export function refusalText(refusal: Refusal, whole = false): string {
  const reason = reasonOf(refusal);
  return whole ? s.refused.notSent(reason) : reason;
}

function reasonOf({ code, detail, winner }: Refusal): string {
  switch (code) {
    case "conversation_taken":
      return winner ? s.refused.conversation_taken(winner) : s.refused.conversation_taken_someone;
    case "stale_view":
      return winner ? s.refused.stale_view(winner) : detail;
    case "window_closed":
    case "forbidden":
    case "not_found":
    case "idempotency_conflict":
      return s.refused[code];
    default:
      return detail || s.refused.server;
  }
}

/** What went wrong with a call, as a sentence. */
export function errorText(error: unknown): string {
  if (error instanceof NetworkError) return s.noAnswer;
  if (error instanceof ApiError && !error.transient && error.detail) return error.detail;
  return s.noAnswer;
}

/** The id under which the server logged the error, to tell support. */
export function errorId(error: unknown): string | null {
  return error instanceof ApiError ? error.requestId : null;
}

import { ApiError, NetworkError } from "@max/api";
import { l } from "../../strings-login";

/** Why a call around signing in failed, where no field is to blame. */
export function failureText(error: unknown): string {
  if (error instanceof NetworkError) return navigator.onLine ? l.unreachable : l.offline;
  // What the server says about a request it understood is meant for people.
  if (error instanceof ApiError && !error.transient && error.detail) return error.detail;
  return l.failed;
}

/** The server's words about one field. */
export function fieldText(error: unknown, field: string): string | undefined {
  return error instanceof ApiError ? error.fields.find((f) => f.field === field)?.message : undefined;
}

/** When trying again makes sense, in milliseconds since 1970, for an account or address that is locked out. */
export function lockedUntil(error: unknown): number | null {
  if (!(error instanceof ApiError) || error.status !== 429) return null;
  return Date.now() + (error.retryAfter ?? 60) * 1_000;
}

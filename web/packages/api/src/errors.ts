/** One field the server refused, with the reason in words. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** The server answered and said no: an `application/problem+json` body, or its nearest equivalent. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    /** Stable name of the error: `window_closed`, `conversation_taken`, … */
    readonly code: string,
    /** A sentence for people. */
    readonly detail: string,
    readonly fields: FieldProblem[] = [],
    readonly requestId: string | null = null,
    /** Everything else the problem carried, such as `winner`. */
    readonly extra: Readonly<Record<string, unknown>> = {},
    /** Seconds the server asked to wait before trying again. */
    readonly retryAfter: number | null = null,
  ) {
    super(`${status} ${code}: ${detail}`);
  }

  /** Worth trying again unchanged: the server was busy or broken, not unwilling. */
  get transient(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

/** No answer came: offline, connection lost, or nothing within the time-out. The request may or may not have had effect. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
}

/** Reads a refused response into a typed error, whatever its body turns out to be. */
export async function readError(response: Response): Promise<ApiError> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  const problem = isRecord(body) ? body : {};
  const { type: _type, title, status: _status, code, detail, fields, request_id, ...extra } = problem;
  const wait = Number(response.headers.get("retry-after"));
  return new ApiError(
    response.status,
    typeof code === "string" ? code : `http_${response.status}`,
    typeof detail === "string" ? detail : typeof title === "string" ? title : response.statusText,
    Array.isArray(fields) ? fields.filter(isFieldProblem) : [],
    typeof request_id === "string" ? request_id : response.headers.get("x-request-id"),
    extra,
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFieldProblem(value: unknown): value is FieldProblem {
  return isRecord(value) && typeof value.field === "string" && typeof value.message === "string";
}

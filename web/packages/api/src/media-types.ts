import type { components } from "./schema";

type Schemas = components["schemas"];

/**
 * Files, reactions and what became of a message, by the names the API gives them. By hand until the server's document has them; then
 * the generated ones take their place here and nobody else notices.
 */

/** `pending`: it is being fetched. `failed`: `error` says why. `blocked`: the scan found something in it. */
export type MediaState = "pending" | "ready" | "failed" | "blocked";

/** A file of a message, or one that waits to be sent. Addresses are signed, live for an hour or two, and are null unless it is ready. */
export interface MediaView {
  id: string;
  kind: Schemas["MediaKind"];
  state: MediaState;
  name: string | null;
  mime_type: string | null;
  /** Bytes. */
  size: number | null;
  /** Pixels. */
  width: number | null;
  height: number | null;
  duration_ms: number | null;
  /** Recorded in the chat rather than an audio file. */
  voice: boolean;
  animated: boolean;
  url: string | null;
  thumbnail_url: string | null;
  error: { code: string; message: string } | null;
}

/** A way to send a file that the channel does not take as it is. */
export interface MediaOffer {
  to: string;
  /** Why it does not fit, in words. */
  why: string;
}

/** What an upload answers with. */
export interface UploadedMedia extends MediaView {
  /** Why the channel does not take it as it is, in words. */
  unfit: string | null;
  /** What could be made of it instead; none where nothing would help. */
  offers: MediaOffer[];
}

/** What a channel takes of one kind. */
export interface KindLimits {
  mime_types: string[];
  max_bytes: number;
  /** 0: files of this kind have no caption. */
  caption_chars: number;
}

/** What a channel can do. */
export interface ChannelCapabilities {
  /** What is null is not taken at all. */
  media: { per_message: number } & Record<Schemas["MediaKind"], KindLimits | null>;
}

/** What the customer pressed to begin: an advertisement or a product. */
export interface Referral {
  source_type?: string | null;
  source_url?: string | null;
  headline?: string | null;
  body?: string | null;
  /** An article of a catalogue. */
  product_id?: string | null;
}

/** What a message says beside its content. Absent where the server has nothing to say. */
export interface MessageMarks {
  forwarded?: boolean;
  referral?: Referral | null;
}

/** Files that go with a message. */
export interface MediaToSend {
  media_ids?: string[];
}

/** Files of a canned response. */
export interface CannedMedia {
  attachments?: MediaView[];
}

type Answer = { data?: unknown; response: Response };
type Call = (
  path: string,
  init?: {
    params?: { path?: Record<string, string>; query?: Record<string, string> };
    body?: unknown;
    signal?: AbortSignal;
  },
) => Promise<Answer>;

/** The client, for addresses the document does not have yet. */
export interface LooseApi {
  GET: Call;
  POST: Call;
  PUT: Call;
  PATCH: Call;
  DELETE: Call;
}

/** Channels and the journal of what providers deliver, with what the server's document describes loosely narrowed. */
import type { Channel } from "./admin-types";

/** A channel, and what ingest says of it: when its last delivery came, `null`: none yet, absent: not known here yet. */
export type ChannelRow = Channel & { last_delivery_at?: string | null };

/** What a channel is made of, before anything is saved. */
export interface ChannelCheckRequest {
  kind: string;
  config: unknown;
  /** Those missing here are taken from the channel. */
  credentials: Record<string, string>;
  channel_id?: string;
}

/** One thing the provider was asked, and what to do where it did not go well. */
export interface ChannelCheck {
  /** `number`, `account`, `templates`, … */
  check: string;
  ok: boolean;
  words: string;
  /** What the provider itself said. */
  detail: string | null;
}

/** What became of one element of a delivery. */
export type Fate = "stored" | "folded" | "blocked" | "duplicate" | "ignored" | "parked" | "dead";
/** How many elements came to which fate; those of none are missing. */
export type FateCounts = Partial<Record<Fate, number>>;

/** One call of a provider, as the journal lists it. */
export interface Delivery {
  id: string;
  channel: { id: string; name: string; kind: string } | null;
  received_at: string;
  /** In bytes. */
  size: number;
  elements: FateCounts;
  /** Why the first element that is dead or ignored is so. */
  reason: string | null;
  kinds: string[];
}

export interface DeliveryElement {
  index: number;
  kind: string;
  fate: Fate;
  reason: string | null;
  /** The provider's own id of it. */
  external_id: string | null;
  sender: string | null;
  conversation_id: string | null;
  channel_id: string | null;
}

/** A delivery with everything in it; in `body` texts, names and numbers are dots. */
export type DeliveryFull = Omit<Delivery, "elements" | "reason" | "kinds"> & {
  elements: DeliveryElement[];
  body: string;
  body_is_json: boolean;
};

/** A body as it came; `base64` where it is no text. */
export interface RawBody {
  body: string;
  base64: boolean;
}

export interface ReplayResult {
  items: { id: string; elements: FateCounts }[];
  failed: { id: string; detail: string }[];
}

/** How a channel's deliveries are doing. */
export interface ChannelHealth {
  id: string;
  name: string;
  kind: string;
  active: boolean;
  health: string;
  health_detail: string | null;
  last_delivery_at: string | null;
  deliveries_24h: number;
  dead: number;
}

export interface IngestHealth {
  /** Elements nobody could make sense of, in all. */
  dead: number;
  /** Deliveries that are kept and not looked at yet. */
  waiting: number;
  channels: ChannelHealth[];
}

export interface DeliveryQuery {
  channel_id?: string;
  fate?: string;
  q?: string;
  from?: string;
  to?: string;
  limit?: number;
  cursor?: string;
}

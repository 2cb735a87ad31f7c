import type { components } from "./schema";
import type { Filled } from "./types";

type Schemas = components["schemas"];

/** A file of a message, or one that waits to be sent. Addresses are signed, live for an hour or two, and are null unless it is ready. */
export type MediaView = Filled<Schemas["MediaView"]>;
/** `pending`: it is being fetched. `failed`: `error` says why. `blocked`: the scan found something in it. */
export type MediaState = Schemas["MediaState"];
/** What an upload answers with: `unfit` says why the channel does not take it as it is, `offers` what could be made of it. */
export type UploadedMedia = Filled<Schemas["Uploaded"]>;
/** A way to send a file that the channel does not take as it is. */
export type MediaOffer = Schemas["Offer"];
/** What a channel takes of one kind. No characters: files of this kind have no caption. */
export type KindLimits = Schemas["KindLimits"];
/** What a channel can do. A kind that is null is not taken at all. */
export type ChannelCapabilities = Schemas["Capabilities"];

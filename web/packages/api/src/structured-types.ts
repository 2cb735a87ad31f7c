import type { components } from "./schema";

type Schemas = components["schemas"];

/** A place to be sent. */
export type Place = Schemas["Place"];
/** A question with ready answers: `buttons`, or a `list`. A message's content says the same. */
export type Interactive = Schemas["Interactive"];
export type ButtonsQuestion = Extract<Interactive, { type: "buttons" }>;
export type ListQuestion = Extract<Interactive, { type: "list" }>;
/** What a channel takes of places and questions; what is null is not sent at all. */
export type StructuredLimits = Schemas["StructuredLimits"];
export type PlaceLimits = Schemas["PlaceLimits"];
export type ButtonsLimits = Schemas["ButtonsLimits"];
export type ListLimits = Schemas["ListLimits"];

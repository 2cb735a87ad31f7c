export * from "./admin-types";
export * from "./channel-types";
export * from "./client";
export * from "./errors";
export * from "./session";
export * from "./tool-types";
export * from "./types";
export * from "./work-types";

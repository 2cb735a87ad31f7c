export * from "./admin-types";
export * from "./client";
export * from "./errors";
export * from "./media-types";
export * from "./session";
export * from "./tool-types";
export * from "./types";
export * from "./work-types";

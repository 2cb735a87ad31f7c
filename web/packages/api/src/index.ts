export * from "./admin-types";
export * from "./client";
export * from "./errors";
export * from "./session";
export * from "./types";
export * from "./work-types";

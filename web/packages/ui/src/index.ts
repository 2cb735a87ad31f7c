export * from "./avatar";
export * from "./button";
export * from "./cx";
export * from "./feedback";
export * from "./input";
export * from "./marks";
export * from "./toast";
export * from "./tooltip";

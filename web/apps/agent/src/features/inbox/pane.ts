// One chunk for what stands beside the list.
export { ContextPanel } from "../context/panel";
export { Conversation } from "../conversation/conversation";

import { lookForDrafts } from "../composer/drafts-live";

// One chunk for what stands beside the list.
export { ContextPanel } from "../context/panel";
export { Conversation } from "../conversation/conversation";

// Somebody is signed in by the time this loads; the list shows what they have begun.
void lookForDrafts();

// One chunk for what opens from the head of a conversation.
export { AssignPicker } from "./assign";
export { CloseDialog, CloseMenu } from "./close";
export { MoreMenu, PriorityMenu } from "./menus";
export { SnoozeDialog, SnoozeMenu } from "./snooze";
export { TransferOne } from "./transfer";
export { WhyDialog } from "./why";

import { create } from "zustand";

export type Tab = "customer" | "activity";

/** Which part stands beside the conversation; stays from one conversation to the next. `past`: an earlier one, in its place. */
export const useTab = create<{ tab: Tab; past: string | null }>(() => ({ tab: "customer", past: null }));

export const showTab = (tab: Tab): void => useTab.setState({ tab, past: null });

export const showPast = (past: string | null): void => useTab.setState({ past });

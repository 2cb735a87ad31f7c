import { create } from "zustand";

export type Theme = "system" | "light" | "dark";

const THEME = "max.theme";
const RAIL = "max.rail";
const PANEL = "max.panel";
const SINGLE = "max.single-keys";

/** Storage may be switched off; then choices last for the visit. */
export function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function store(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Nothing to do: see `stored`.
  }
}

const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;

/** The same rule as /theme.js applies before the first paint. */
function paint(theme: Theme) {
  document.documentElement.dataset.theme = theme === "system" ? (dark() ? "dark" : "light") : theme;
}

interface UiState {
  theme: Theme;
  /** Sidebar as a rail; null: by the width of the window. */
  rail: boolean | null;
  /** Customer details beside the thread, where there is room. */
  panel: boolean;
  /** Customer details over the thread, where there is no room. */
  sheet: boolean;
  /** Single keys such as J and K are on. */
  singleKeys: boolean;
  help: boolean;
  /** The step for many conversations that is under way, or was just done. */
  bulk: string | null;
  setTheme: (theme: Theme) => void;
  setRail: (rail: boolean) => void;
  setPanel: (panel: boolean) => void;
  setSheet: (sheet: boolean) => void;
  setSingleKeys: (on: boolean) => void;
  setHelp: (help: boolean) => void;
  setBulk: (bulk: string | null) => void;
}

const theme = stored(THEME);
const rail = stored(RAIL);

/** Choices about the screen itself, kept per browser. */
export const useUi = create<UiState>((set) => ({
  theme: theme === "light" || theme === "dark" ? theme : "system",
  rail: rail === null ? null : rail === "1",
  panel: stored(PANEL) !== "0",
  sheet: false,
  singleKeys: stored(SINGLE) !== "0",
  help: false,
  bulk: null,
  setTheme: (theme) => {
    store(THEME, theme === "system" ? null : theme);
    paint(theme);
    set({ theme });
  },
  setRail: (rail) => {
    store(RAIL, rail ? "1" : "0");
    set({ rail });
  },
  setPanel: (panel) => {
    store(PANEL, panel ? "1" : "0");
    set({ panel });
  },
  setSheet: (sheet) => set({ sheet }),
  setSingleKeys: (singleKeys) => {
    store(SINGLE, singleKeys ? "1" : "0");
    set({ singleKeys });
  },
  setHelp: (help) => set({ help }),
  setBulk: (bulk) => set({ bulk }),
}));

/** Follows the system's theme while that is the choice. */
export function followSystemTheme(): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paint(useUi.getState().theme));
}

/** Parts of the screen that F6 goes through, in this order. */
const ORDER = ["list", "thread", "composer", "context", "main", "nav"] as const;
export type Region = (typeof ORDER)[number];

const find = (region: Region) => document.querySelector<HTMLElement>(`[data-region="${region}"]`);

/** Puts the focus into a part: on what it names as its first stop, else on the part itself. */
export function focusRegion(region: Region): boolean {
  const element = find(region);
  if (!element || element.offsetParent === null) return false;
  const stop = element.querySelector<HTMLElement>("[data-region-focus]") ?? element;
  stop.focus();
  return document.activeElement === stop;
}

/** On to the next part that is there. */
export function nextRegion(): void {
  const here = document.activeElement?.closest<HTMLElement>("[data-region]")?.dataset.region as Region | undefined;
  const start = here ? ORDER.indexOf(here) + 1 : 0;
  for (let step = 0; step < ORDER.length; step++) {
    const region = ORDER[(start + step) % ORDER.length];
    if (region && focusRegion(region)) return;
  }
}

type Mode = "reply" | "note";
let wanted: Mode | null = null;
let writer: ((mode: Mode) => void) | null = null;

/** Asks for the composer, also one that is not on screen yet. */
export function compose(mode: Mode): void {
  if (writer) writer(mode);
  else wanted = mode;
}

/** The composer that is on screen. Returns the function that takes it away again. */
export function offerComposer(write: (mode: Mode) => void): () => void {
  writer = write;
  if (wanted) write(wanted);
  wanted = null;
  return () => {
    if (writer === write) writer = null;
  };
}

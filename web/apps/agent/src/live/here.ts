import { body } from "@max/api";
import { create } from "zustand";
import { live } from "../app/live";
import { api, useLink } from "../app/services";
import { store, stored } from "../lib/ui-state";
import { hearEvents, hearSignals } from "./hear";
import { hearPresence, hearWriting, seePicture, usePresence } from "./presence";

/** What somebody says of themselves. Away is also what the screen says of them when nobody touches it. */
export type Stand = "online" | "away" | "busy";

const CHOSEN = "max.presence";
/** The server forgets a screen that says nothing for 15 s. */
const BEAT = 10_000;
/** Nobody touched anything for this long: away. */
const IDLE = 5 * 60_000;
/** Signs of life are taken note of this often. */
const NOTICE = 2_000;

const known = (value: string | null): Stand => (value === "away" || value === "busy" ? value : "online");

/** What the reader chose, and whether they have left the screen alone. */
export const useStand = create<{ chosen: Stand; idle: boolean }>(() => ({
  chosen: known(stored(CHOSEN)),
  idle: false,
}));

/** What colleagues are told: away for who is idle, unless they are busy. */
export const standOf = ({ chosen, idle }: { chosen: Stand; idle: boolean }): Stand =>
  idle && chosen === "online" ? "away" : chosen;

export function setStand(chosen: Stand): void {
  store(CHOSEN, chosen === "online" ? null : chosen);
  useStand.setState({ chosen, idle: false });
}

/** Says who is here and what they look at, for as long as the socket lives. Returns what ends it. */
export function beHere(): () => void {
  const stop: (() => void)[] = [];
  const { socket, me } = live();
  stop.push(hearSignals(hearPresence));
  stop.push(
    hearEvents((event) => {
      // What was being written is there.
      if (event.kind !== "message.created" || event.data.message.direction !== "in") return;
      hearWriting(event.data.message.conversation_id, false);
    }),
  );

  const beat = () => {
    const state = standOf(useStand.getState());
    socket.signal({ type: "presence", state });
    usePresence.setState(({ people }) => ({ people: { ...people, [me.id]: { id: me.id, name: me.name, state } } }));
  };
  const look = () => socket.signal({ type: "viewing", conversation_id: viewed() });
  let looking = viewed();
  const timer = setInterval(beat, BEAT);
  stop.push(() => clearInterval(timer));
  stop.push(useStand.subscribe(beat));

  const arrive = async () => {
    beat();
    look();
    try {
      seePicture(body(await api.GET("/api/v1/presence")));
      beat();
    } catch {
      // Changes still come over the socket.
    }
  };
  stop.push(
    useLink.subscribe(({ link }, before) => {
      if (link === "live" && before.link !== "live") void arrive();
    }),
  );
  if (useLink.getState().link === "live") void arrive();

  // The address says what is looked at; whoever looks elsewhere looks at nothing here.
  const watch = setInterval(() => {
    const now = viewed();
    if (now === looking) return;
    looking = now;
    look();
  }, 500);
  stop.push(() => clearInterval(watch));

  let touched = Date.now();
  const touch = () => {
    const now = Date.now();
    if (now - touched < NOTICE && !useStand.getState().idle) return;
    touched = now;
    if (useStand.getState().idle) useStand.setState({ idle: false });
  };
  for (const name of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart", "focus"]) {
    window.addEventListener(name, touch, { passive: true });
    stop.push(() => window.removeEventListener(name, touch));
  }
  const idle = setInterval(() => {
    if (!useStand.getState().idle && Date.now() - touched >= IDLE) useStand.setState({ idle: true });
  }, 10_000);
  stop.push(() => clearInterval(idle));

  return () => {
    for (const end of stop) end();
  };
}

/** The conversation in the address, while the tab is in front. */
function viewed(): string | null {
  if (document.hidden) return null;
  return /^\/(?:inbox|queues)\/[^/]+\/([^/?]+)/.exec(location.pathname)?.[1] ?? null;
}

import type { Me, SharedConversation } from "@max/api";
import { router } from "../app/router";
import { a } from "../strings-account";

const { notice: words } = a;

/** About one conversation, at most one in this time, in milliseconds. */
const PAUSE = 20_000;
/** Of several tabs that hear the same, the first one speaks and the others stay silent this long. */
const TURN = 1_000;

export type News =
  | { what: "assigned"; conversation: SharedConversation }
  | { what: "reply"; conversation: SharedConversation; text: string };

const told = new Map<string, number>();

/** Tells the reader, the way they chose, about something in a conversation that they are not looking at. */
export function notify(me: Me, news: News): void {
  const { id } = news.conversation;
  const { assigned, replies, desktop, sound } = me.notifications;
  if (!(news.what === "assigned" ? assigned : replies) || !(desktop || sound)) return;
  if (!document.hidden && location.pathname.endsWith(id)) return;
  const now = Date.now();
  if (now - (told.get(id) ?? Number.NEGATIVE_INFINITY) < PAUSE) return;
  told.set(id, now);
  void once(() => {
    if (desktop) show(news, me.notifications.hide_text);
    if (sound) tone();
  });
}

function show(news: News, hidden: boolean): void {
  if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
  const { id, contact } = news.conversation;
  const title =
    news.what === "assigned"
      ? hidden
        ? words.hiddenAssigned
        : words.assigned(contact.name)
      : hidden
        ? words.hidden
        : words.reply(contact.name);
  try {
    const shown = new Notification(title, {
      tag: id,
      icon: "/icon.svg",
      silent: true,
      ...(news.what === "reply" && !hidden ? { body: news.text } : {}),
    });
    shown.onclick = () => {
      window.focus();
      void router.navigate({ to: "/inbox/$view/{-$id}", params: { view: "mine", id } });
      shown.close();
    };
  } catch {
    // Some phones allow notifications only from a service worker.
  }
}

/** Two quiet notes, a fifth of a second. */
export function tone(): void {
  try {
    const audio = new AudioContext();
    const volume = audio.createGain();
    volume.connect(audio.destination);
    volume.gain.setValueAtTime(0.08, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
    for (const [hertz, start] of [
      [660, 0],
      [880, 0.1],
    ] as const) {
      const note = audio.createOscillator();
      note.frequency.value = hertz;
      note.connect(volume);
      note.start(audio.currentTime + start);
      note.stop(audio.currentTime + 0.4);
    }
    setTimeout(() => void audio.close(), 1_000);
  } catch {
    // No sound here.
  }
}

async function once(task: () => void): Promise<void> {
  const locks = (navigator as Navigator | undefined)?.locks;
  if (!locks) return task();
  await locks.request("max-notice", { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    task();
    await new Promise((resolve) => setTimeout(resolve, TURN));
  });
}

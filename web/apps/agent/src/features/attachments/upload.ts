import { body, type MediaOffer, type MediaView, type UploadedMedia } from "@max/api";
import { toast } from "@max/ui";
import { live } from "../../app/live";
import { api } from "../../app/services";
import { m } from "../../strings-media";
import { kindOfType, plainName } from "../media/format";
import { type Limits, refused } from "./capabilities";
import { type Attached, NOTHING, type Place, slotOf, useAttachments } from "./store";
import { fault, type Transfer, transfer } from "./transfer";

/** As many as the server takes with one note. */
const MOST = 10;
/** Under way at the same time; the rest waits. */
const TOGETHER = 2;
/** A scan that cannot be done now is asked about this often. */
const LOOK = 2_000;

interface Job {
  slot: string;
  file: File;
  conversationId: string | null;
}

/** Files as they were chosen, until they are sent or taken out. */
const jobs = new Map<string, Job>();
const running = new Map<string, Transfer>();
let owner: object | null = null;

/** Takes files in and starts sending them to the server. */
export function attach(conversationId: string, kind: Place, files: readonly File[], limits: Limits | undefined): void {
  watch();
  const slot = slotOf(conversationId, kind);
  const room = MOST - (useAttachments.getState()[slot] ?? NOTHING).files.length;
  if (files.length > room) toast(m.attach.tooMany(MOST), "bad");
  const more = files.slice(0, Math.max(0, room)).map((file): Attached => {
    const id = crypto.randomUUID();
    const error = refused(file, kind === "note" ? undefined : limits);
    const type = kindOfType(file.type);
    jobs.set(id, { slot, file, conversationId: kind === "note" ? null : conversationId });
    return {
      id,
      name: plainName(file.name) || m.kind[type],
      size: file.size,
      kind: type,
      state: error ? "failed" : "queued",
      progress: 0,
      media: null,
      offers: [],
      error,
      again: false,
      caption: "",
      // Only what a browser draws by itself, and no drawing with scripts in it.
      preview: type === "image" && !file.type.includes("svg") ? (URL.createObjectURL?.(file) ?? null) : null,
    };
  });
  put(slot, (all) => [...all, ...more]);
  work();
}

/** Starts again what failed. */
export function retry(id: string): void {
  change(id, { state: "queued", error: null, progress: 0 });
  work();
}

/** Takes a file out, wherever it is on its way. */
export function remove(slot: string, id: string): void {
  running.get(id)?.cancel();
  const file = useAttachments.getState()[slot]?.files.find((one) => one.id === id);
  // What came from elsewhere, such as the file of a canned response, may be in use there.
  if (file?.media && jobs.has(id)) discard(file.media.id);
  forget(id);
  put(slot, (all) => all.filter((one) => one.id !== id));
}

export function caption(slot: string, id: string, words: string): void {
  put(slot, (all) => all.map((one) => (one.id === id ? { ...one, caption: words } : one)));
}

/** Has a file made into what the channel takes. */
export async function convert(slot: string, id: string, to: MediaOffer["to"], channelId: string): Promise<void> {
  const before = useAttachments.getState()[slot]?.files.find((one) => one.id === id);
  if (!before?.media) return;
  change(id, { state: "converting" });
  try {
    const params = { path: { id: before.media.id } };
    const asked = { to, channel_id: channelId };
    const media = body<MediaView>(await api.POST("/api/v1/media/{id}/convert", { params, body: asked }));
    if (media.id !== before.media.id) discard(before.media.id);
    arrived(id, { ...media, unfit: null, offers: [] });
  } catch (error) {
    change(id, { state: "choose" });
    toast(fault(error, m.attach.noAnswer).error, "bad");
  }
}

/** What waits there. */
export const leftIn = (slot: string): readonly Attached[] => (useAttachments.getState()[slot] ?? NOTHING).files;

/** Takes out everything that waits there, to be sent. */
export function take(slot: string): readonly Attached[] {
  const { files } = useAttachments.getState()[slot] ?? NOTHING;
  for (const { id } of files) forget(id);
  put(slot, () => []);
  return files;
}

/** Why files cannot be sent now; undefined when they can. */
export function whyNot(files: readonly Attached[]): string | undefined {
  const failed = files.find(({ state }) => state === "failed");
  if (failed) return failed.again ? m.attach.fix(failed.name) : m.attach.gone(failed.name);
  const asked = files.find(({ state }) => state === "choose");
  if (asked) return m.attach.choose(asked.name);
  const waiting = files.filter(({ state }) => state !== "ready");
  if (waiting.length > 1) return m.attach.waitMany(waiting.length);
  return waiting[0] && m.attach.waitOne(waiting[0].name);
}

function work(): void {
  for (const { files } of Object.values(useAttachments.getState())) {
    for (const file of files) {
      if (running.size >= TOGETHER) return;
      const job = jobs.get(file.id);
      if (file.state === "queued" && job && !running.has(file.id)) void run(file.id, job);
    }
  }
}

async function run(id: string, job: Job): Promise<void> {
  change(id, { state: "uploading" });
  const under = transfer(job.file, job.conversationId, (progress) => change(id, { progress }));
  running.set(id, under);
  try {
    arrived(id, await under.done);
  } catch (error) {
    if (!(error instanceof DOMException)) change(id, { state: "failed", ...fault(error, m.attach.noAnswer) });
  } finally {
    running.delete(id);
    work();
  }
}

function arrived(id: string, media: UploadedMedia): void {
  // Taken out meanwhile.
  if (!jobs.has(id)) {
    discard(media.id);
    return;
  }
  const { kind, size, offers, unfit } = media;
  const known = { media, kind, ...(size === null ? {} : { size }), progress: 1, offers };
  if (media.state === "blocked") change(id, { ...known, state: "failed", error: m.blocked, again: false });
  else if (media.state === "failed") {
    change(id, { ...known, state: "failed", error: media.error?.message ?? m.failed, again: true });
  } else if (media.state === "pending") {
    change(id, { ...known, state: "checking" });
    setTimeout(() => void look(id, media), LOOK);
  } else if (unfit === null) change(id, { ...known, state: "ready" });
  else change(id, { ...known, state: offers.length > 0 ? "choose" : "failed", error: unfit, again: false });
}

/** Whether the scan is done by now. */
async function look(id: string, before: UploadedMedia): Promise<void> {
  if (!jobs.has(id)) return;
  try {
    const media = body<MediaView>(await api.GET("/api/v1/media/{id}/link", { params: { path: { id: before.id } } }));
    arrived(id, { ...media, unfit: before.unfit, offers: before.offers });
  } catch {
    setTimeout(() => void look(id, before), LOOK);
  }
}

function change(id: string, part: Partial<Attached>): void {
  const slot = jobs.get(id)?.slot;
  if (slot) put(slot, (all) => all.map((one) => (one.id === id ? { ...one, ...part } : one)));
}

function put(slot: string, make: (files: readonly Attached[]) => readonly Attached[]): void {
  const files = make((useAttachments.getState()[slot] ?? NOTHING).files);
  useAttachments.setState({ [slot]: { files, why: whyNot(files) } });
}

function forget(id: string): void {
  jobs.delete(id);
  for (const { files } of Object.values(useAttachments.getState())) {
    const preview = files.find((one) => one.id === id)?.preview;
    if (preview) URL.revokeObjectURL(preview);
  }
}

/** The server throws away what is never sent; this only makes it sooner. */
function discard(id: string): void {
  api.DELETE("/api/v1/media/{id}", { params: { path: { id } } }).catch(() => {});
}

/** While something waits, leaving the page asks first; what waits goes with whoever signs out. */
function watch(): void {
  const me = live();
  if (owner === me) return;
  owner = me;
  const ask = (event: BeforeUnloadEvent) => {
    if (Object.values(useAttachments.getState()).some(({ files }) => files.length > 0)) event.preventDefault();
  };
  window.addEventListener("beforeunload", ask);
  me.until(() => {
    owner = null;
    window.removeEventListener("beforeunload", ask);
    for (const under of running.values()) under.cancel();
    for (const id of jobs.keys()) forget(id);
    useAttachments.setState({}, true);
  });
}

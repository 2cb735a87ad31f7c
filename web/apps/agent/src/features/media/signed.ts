import { body, type MediaView } from "@max/api";
import { useEffect, useState } from "react";
import { create } from "zustand";
import { api } from "../../app/services";
import { now } from "../../lib/clock";
import { plainName } from "./format";

/** An address that ends this soon is as good as ended: what is begun with it has to be finished. */
const MARGIN = 30_000;

/** Files by their newest addresses, where those were asked for again. */
const useRenewed = create<Record<string, MediaView>>(() => ({}));
const asked = new Map<string, Promise<MediaView>>();

/** When a signed address ends, in milliseconds since 1970; null where it does not say. */
export function expiry(url: string | null): number | null {
  const at = Number(/[?&]expires=(\d+)/.exec(url ?? "")?.[1]);
  return at > 0 ? at * 1_000 : null;
}

/** Whether the addresses of a file still hold. */
export function holds(media: MediaView, time: number): boolean {
  const end = expiry(media.url ?? media.thumbnail_url);
  return end === null || end - time > MARGIN;
}

/** The one of two versions whose addresses live longer; what is not ready has none. */
export function fresher(given: MediaView, renewed: MediaView | undefined): MediaView {
  if (renewed?.state !== "ready" || given.state !== "ready") return given;
  return (expiry(renewed.url) ?? 0) > (expiry(given.url) ?? 0) ? renewed : given;
}

/** New addresses of a file; callers at the same time share one call. */
export function renew(id: string): Promise<MediaView> {
  let call = asked.get(id);
  if (!call) {
    call = api
      .GET("/api/v1/media/{id}/link", { params: { path: { id } } })
      .then((answer) => {
        const media = body<MediaView>(answer);
        useRenewed.setState({ [id]: media });
        return media;
      })
      .finally(() => asked.delete(id));
    asked.set(id, call);
  }
  return call;
}

/** A file with addresses that hold now: as it is, or asked for again. */
export async function current(media: MediaView): Promise<MediaView> {
  const known = fresher(media, useRenewed.getState()[media.id]);
  return known.state !== "ready" || holds(known, now()) ? known : renew(media.id);
}

/**
 * A file with addresses that hold while it is drawn. `lost`: the browser could not load one of them; it is asked for again once, and
 * what fails then is said to be broken.
 */
export function useSigned(given: MediaView): {
  media: MediaView;
  broken: boolean;
  lost: () => void;
  again: () => void;
} {
  const media = fresher(
    given,
    useRenewed((all) => all[given.id]),
  );
  const [tried, setTried] = useState(false);
  const [broken, setBroken] = useState(false);
  const [asking, setAsking] = useState(false);
  const stale = media.state === "ready" && !holds(media, now());
  const { id } = media;
  useEffect(() => {
    if (stale) void renew(id).catch(() => setBroken(true));
  }, [stale, id]);
  const ask = () => {
    setTried(true);
    setBroken(false);
    setAsking(true);
    renew(id)
      .catch(() => setBroken(true))
      .finally(() => setAsking(false));
  };
  return {
    // An address that has ended is not tried: it would only fail. And one that is given out again is loaded again only after a break.
    media: stale || asking ? { ...media, url: null, thumbnail_url: null } : media,
    broken,
    lost: () => (tried ? setBroken(true) : ask()),
    again: ask,
  };
}

/** Saves a file under its name, by an address that holds. */
export async function download(media: MediaView): Promise<void> {
  const { url, name } = await current(media);
  if (!url) throw new Error("not there");
  const link = document.createElement("a");
  link.href = url;
  link.download = plainName(name);
  link.click();
}

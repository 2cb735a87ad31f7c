import {
  body,
  type Delivery,
  type DeliveryFull,
  type DeliveryQuery,
  type Fate,
  type FateCounts,
  type RawBody,
  type ReplayResult,
} from "@max/api";
import { useQuery } from "@tanstack/react-query";
import { api, queryClient } from "../../app/services";
import { lookAgain } from "./channels-data";
import { among, day, type Search, startOf, word, words } from "./filters";
import { type Paged, ROWS, usePaged } from "./queries";
import { j } from "./strings-journal";

/** Those that need somebody come first. */
export const FATES: readonly Fate[] = ["dead", "parked", "stored", "folded", "blocked", "duplicate", "ignored"];
/** How many the server replays at once. */
export const MOST_AT_ONCE = 100;

export interface JournalFilters {
  q: string;
  channel: string | null;
  fate: Fate | null;
  /** Days in the viewer's zone, `2026-11-25`; both count. */
  from: string | null;
  to: string | null;
}

export const journalFilters = (search: Search): JournalFilters => ({
  q: words(search.q),
  channel: word(search.channel),
  fate: among(FATES, search.fate),
  from: day(search.from),
  to: day(search.to),
});

/** As the server's journal asks for it. */
export const journalQuery = ({ q, channel, fate, from, to }: JournalFilters): DeliveryQuery => ({
  ...(q ? { q } : {}),
  ...(channel ? { channel_id: channel } : {}),
  ...(fate ? { fate } : {}),
  ...(from ? { from: new Date(startOf(from)).toISOString() } : {}),
  ...(to ? { to: new Date(startOf(to, 1) - 1).toISOString() } : {}),
});

/** Fates that occur, in their order. */
export const fatesOf = (counts: FateCounts): { fate: Fate; count: number }[] =>
  FATES.flatMap((fate) => {
    const count = counts[fate] ?? 0;
    return count > 0 ? [{ fate, count }] : [];
  });

/** Fates of many deliveries together. */
export function sumOf(all: readonly FateCounts[]): FateCounts {
  const sum: FateCounts = {};
  for (const counts of all) for (const { fate, count } of fatesOf(counts)) sum[fate] = (sum[fate] ?? 0) + count;
  return sum;
}

/** "2 stored, 1 dead" */
export const fateText = (counts: FateCounts): string =>
  fatesOf(counts)
    .map(({ fate, count }) => j.count(count, j.fates[fate]))
    .join(", ");

/** What an element is, in words; one that is newer than these words, as it is written. */
export const kindWords = (kind: string): string => j.kinds[kind] ?? kind.replaceAll("_", " ");

const units = ["B", "kB", "MB", "GB"];
/** `812 B`, `3.1 kB`, `2.0 MB` */
export function sizeText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1_000;
    unit++;
  }
  return `${unit > 0 && size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

const LIST = ["admin", "deliveries"] as const;
const one = (id: string) => ["admin", "delivery", id] as const;

/** The journal. It is not live: what is shown is as of opening it. */
export function useDeliveries(filters: JournalFilters): Paged<Delivery> {
  return usePaged<Delivery>(
    JSON.stringify(filters),
    (cursor) => [...LIST, filters, cursor],
    async (cursor, signal) =>
      body(
        await api.GET("/api/v1/deliveries", {
          params: { query: { ...journalQuery(filters), limit: ROWS, ...cursor } },
          signal,
        }),
      ),
    true,
  );
}

export const useDelivery = (id: string) =>
  useQuery({
    queryKey: one(id),
    queryFn: async ({ signal }) =>
      body<DeliveryFull>(await api.GET("/api/v1/deliveries/{id}", { params: { path: { id } }, signal })),
    staleTime: 0,
  });

/** Reads the body as it came. Each time is noted, so nothing keeps it. */
export const readRaw = async (id: string): Promise<RawBody> =>
  body<RawBody>(await api.GET("/api/v1/deliveries/{id}/raw", { params: { path: { id } } }));

export async function replayOne(id: string): Promise<DeliveryFull> {
  const next = body<DeliveryFull>(await api.POST("/api/v1/deliveries/{id}/replay", { params: { path: { id } } }));
  queryClient.setQueryData(one(id), next);
  refresh();
  return next;
}

export async function replayMany(ids: readonly string[]): Promise<ReplayResult> {
  const result = body<ReplayResult>(await api.POST("/api/v1/deliveries/replay", { body: { ids: [...ids] } }));
  for (const { id } of result.items) void queryClient.invalidateQueries({ queryKey: one(id) });
  refresh();
  return result;
}

/** Reads the journal and its health anew. */
export function refresh(): void {
  void queryClient.invalidateQueries({ queryKey: LIST });
  lookAgain();
}

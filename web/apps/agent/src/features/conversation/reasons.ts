import { body, type CloseReason } from "@max/api";
import { useQuery } from "@tanstack/react-query";
import { api } from "../../app/services";
import { store, stored } from "../../lib/ui-state";

/** The reasons change rarely; they are read again when somebody looks after this long. */
const STALE = 5 * 60_000;
const LAST = "max.close-reason";

export const REASONS = ["close-reasons"] as const;

/** Why conversations can be closed, those that are in use. */
export function useCloseReasons() {
  const query = useQuery({
    queryKey: REASONS,
    queryFn: async ({ signal }) =>
      body<{ items: CloseReason[] }>(await api.GET("/api/v1/close-reasons", { signal })).items,
    staleTime: STALE,
  });
  return {
    reasons: (query.data ?? []).filter((reason) => reason.active).toSorted((a, b) => a.position - b.position),
    pending: query.isPending,
    error: query.data ? null : query.error,
    retry: () => void query.refetch(),
  };
}

/** The reason that was picked last, on this browser: likely the next one too. */
export const lastReason = (): string | null => stored(LAST);
export const rememberReason = (id: string): void => store(LAST, id);

import { type Bulk, type BulkDetails, type BulkProgress, body, type ListFilter, type LiveEvent } from "@max/api";
import { toast } from "@max/ui";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, queryClient } from "../../app/services";
import { errorText } from "../../app/words";
import { useUi } from "../../lib/ui-state";
import { hearEvents } from "../../live/hear";

/** Which conversations a step is for: those that are ticked, or all that a list's filter finds. */
export type Which = { ids: readonly string[] } | { filter: ListFilter };

export type Action = "assign" | "transfer" | "close" | "priority" | "tag" | "untag" | "read";

const key = (id: string) => ["bulk", id] as const;
/** Where events do not come through, it is asked for this often. */
const ASK = 2_000;

/** Starts a step for many conversations. Resolves to whether the server took it. */
export async function startBulk(action: Action, args: Record<string, unknown>, which: Which): Promise<boolean> {
  try {
    const bulk = body<Bulk>(
      await api.POST("/api/v1/bulk", {
        body: { action, args, ...("ids" in which ? { ids: [...which.ids] } : { filter: which.filter }) },
      }),
    );
    queryClient.setQueryData<BulkDetails>(key(bulk.id), { ...bulk, failures: [] });
    useUi.getState().setBulk(bulk.id);
    return true;
  } catch (error) {
    toast(errorText(error), "bad");
    return false;
  }
}

export async function undoBulk(id: string): Promise<void> {
  try {
    const bulk = body<Bulk>(await api.POST("/api/v1/bulk/{id}/undo", { params: { path: { id } } }));
    queryClient.setQueryData<BulkDetails>(key(id), (old) => ({ failures: [], ...old, ...bulk }));
  } catch (error) {
    toast(errorText(error), "bad");
  }
}

export const under = (state: Bulk["state"]): boolean => state === "running" || state === "undoing";

/** What an event says, taken into what is known. Progress only grows within a state. */
export function progressed(old: BulkDetails, next: BulkProgress): BulkDetails {
  const order = ["running", "done", "undoing", "undone"];
  if (order.indexOf(next.state) < order.indexOf(old.state)) return old;
  if (next.state === old.state && next.done + next.failed + next.undone < old.done + old.failed + old.undone)
    return old;
  return { ...old, ...next };
}

/** How far a step for many is. */
export function useBulk(id: string) {
  const query = useQuery({
    queryKey: key(id),
    queryFn: async ({ signal }) =>
      body<BulkDetails>(await api.GET("/api/v1/bulk/{id}", { params: { path: { id } }, signal })),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && !under(state.data.state) ? false : ASK),
  });
  useEffect(
    () =>
      hearEvents((event: LiveEvent) => {
        if (event.kind !== "bulk.progress" || event.data.id !== id) return;
        const before = queryClient.getQueryData<BulkDetails>(key(id));
        queryClient.setQueryData<BulkDetails>(key(id), (old) => old && progressed(old, event.data));
        // Which ones failed is not in the event.
        if (before && under(before.state) && !under(event.data.state)) {
          void queryClient.invalidateQueries({ queryKey: key(id) });
        }
      }),
    [id],
  );
  return query.data;
}

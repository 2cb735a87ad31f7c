import type { Conversation } from "@max/api";
import { useCallback, useMemo, useState } from "react";

/** What of a list is ticked, and how to change that. */
export type Ticked = ReturnType<typeof useTicked<Conversation>>;

/** Which rows of a list are ticked. Rows that leave the list are ticked no more. */
export function useTicked<Row extends { id: string }>(rows: readonly Row[]) {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [all, setAll] = useState(false);
  const selected = useMemo(() => rows.filter((row) => ticked.has(row.id)), [rows, ticked]);
  const set = useCallback((some: readonly Row[], on: boolean) => {
    setAll(false);
    setTicked((old) => {
      const next = new Set(old);
      for (const { id } of some) {
        if (on) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  }, []);
  const clear = useCallback(() => {
    setAll(false);
    setTicked(new Set());
  }, []);
  const takeAll = useCallback(() => {
    setTicked(new Set(rows.map((row) => row.id)));
    setAll(true);
  }, [rows]);
  return useMemo(
    () => ({
      selected,
      /** All that match are meant, also those that are not loaded. */
      all: all && selected.length > 0,
      has: (id: string) => all || ticked.has(id),
      set,
      clear,
      takeAll,
    }),
    [selected, all, ticked, set, clear, takeAll],
  );
}

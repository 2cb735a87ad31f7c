import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { type Search, written } from "./filters";

export type PageName =
  | "users"
  | "teams"
  | "channels"
  | "tags"
  | "canned"
  | "close-reasons"
  | "attributes"
  | "blocked"
  | "journal"
  | "audit"
  | "settings";

const to = "/admin/{-$page}/{-$id}" as const;

/** Where in admin we are, all of it in the address: the page, the filters, the open row. */
export function usePlace(page: PageName) {
  const { id = null } = useParams({ strict: false });
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();

  const open = useCallback(
    (next: string | null, replace = false) =>
      void navigate({ to, params: { page, id: next ?? undefined }, search, replace }),
    [navigate, page, search],
  );
  /** Back to the list alone, with the keyboard on the row that was open. */
  const close = useCallback(() => {
    void navigate({ to, params: { page, id: undefined }, search }).then(() => {
      if (id) document.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus();
    });
  }, [navigate, page, search, id]);
  const filter = useCallback(
    (filters: object) =>
      void navigate({ to, params: { page, id: id ?? undefined }, search: written(filters), replace: true }),
    [navigate, page, id],
  );
  return { id, search, open, close, filter };
}

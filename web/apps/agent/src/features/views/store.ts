import { body, type Counts, type LiveEvent, type NewView, type SavedView, type ViewChange } from "@max/api";
import { live } from "../../app/live";
import { api, queryClient } from "../../app/services";
import { COUNTS, VIEWS } from "../../live/keys";
import { listFilter, type Scope } from "../../live/views";

type Views = { items: SavedView[] };

/** A list's filter and order as a view keeps them. */
function kept(scope: Scope): Pick<NewView, "filter"> & { sort?: SavedView["sort"] } {
  const sort = scope.filter?.sort;
  return { filter: listFilter(scope), ...(sort ? { sort } : {}) };
}

function put(view: SavedView): void {
  queryClient.setQueryData<Views>(VIEWS, (data) => {
    if (!data) return data;
    const old = data.items.find((v) => v.id === view.id);
    // Events go to many, so what is the reader's own stays as it was.
    const next = { ...(old ?? {}), ...view };
    return { items: old ? data.items.map((v) => (v.id === view.id ? next : v)) : [...data.items, next] };
  });
  if (typeof view.count !== "number") {
    live().cache.recount();
    return;
  }
  const { id, count } = view;
  const more = view.more ?? false;
  queryClient.setQueryData<Counts>(
    COUNTS,
    (counts) => counts && { ...counts, saved: [...counts.saved.filter((v) => v.id !== id), { id, count, more }] },
  );
}

function drop(id: string): void {
  queryClient.setQueryData<Views>(VIEWS, (data) => data && { items: data.items.filter((v) => v.id !== id) });
}

/** Keeps the views in step with what others do. */
export function followViews(event: LiveEvent): void {
  if (event.kind === "view.changed") put(event.data.view);
  else if (event.kind === "view.deleted") drop(event.data.id);
}

export async function createView(scope: Scope, view: Pick<NewView, "name" | "shared" | "team_id">): Promise<SavedView> {
  const made = body<SavedView>(await api.POST("/api/v1/views", { body: { ...view, ...kept(scope) } }));
  put(made);
  return made;
}

/** Changes a view; `scope`: what it shows from now on. */
export async function updateView(
  view: SavedView,
  { scope, ...change }: ViewChange & { scope?: Scope },
): Promise<SavedView> {
  const params = { path: { id: view.id } };
  const changed = body<SavedView>(
    await api.PATCH("/api/v1/views/{id}", { params, body: { ...change, ...(scope ? kept(scope) : {}) } }),
  );
  put(changed);
  return changed;
}

export async function deleteView(view: SavedView): Promise<void> {
  await api.DELETE("/api/v1/views/{id}", { params: { path: { id: view.id } } });
  drop(view.id);
}

import { ApiError, type SavedView } from "@max/api";
import { cx, IconButton, toast, useIntent } from "@max/ui";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Bookmark, Ellipsis, Plus, Users } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { errorText } from "../../app/words";
import { hearEvents } from "../../live/hear";
import { savedScope } from "../../live/views";
import { s } from "../../strings";
import { w } from "../../strings-work";
import { useInboxPlace } from "../inbox/place";
import { useCountsQuery, useViews } from "../inbox/queries";
import { deleteView, followViews, updateView } from "./store";

const loadMenu = () => import("./menu");
const ViewMenu = lazy(() => loadMenu().then((module) => ({ default: module.ViewMenu })));
const ViewDialog = lazy(() => import("./dialog").then((module) => ({ default: module.ViewDialog })));

function useSaved() {
  const { data } = useViews();
  const counts = useCountsQuery().data?.saved;
  useEffect(() => hearEvents(followViews), []);
  return (data?.items ?? [])
    .map((view) => {
      const live = counts?.find((c) => c.id === view.id);
      return { view, count: live?.count ?? view.count ?? 0, more: live?.more ?? view.more ?? false };
    })
    .toSorted((a, b) => a.view.name.localeCompare(b.view.name));
}

/** The reader's saved views and those shared with them, with how many conversations each shows now. */
export function SavedViews({ rail, item }: { rail: boolean; item: string }) {
  const saved = useSaved();
  const { view } = useParams({ strict: false });
  const [making, setMaking] = useState(false);
  const place = useInboxPlace();
  if (rail) {
    if (saved.length === 0) return null;
    return (
      <>
        <hr className="my-1.5 w-5 border-line" />
        {saved.map(({ view }) => (
          <Link key={view.id} {...link(view)} className={item} aria-label={view.name} data-tip={view.name}>
            <Mark view={view} />
          </Link>
        ))}
      </>
    );
  }
  return (
    <section aria-label={s.nav.saved} className="flex flex-col">
      <div className="group mt-[13px] mb-[3px] flex h-5 items-center ps-2">
        <h2 className="flex-1 text-2xs font-medium text-text-3">{s.nav.saved}</h2>
        {/* There is something to save only where a list is. */}
        {view !== undefined && place.scope && (
          <IconButton label={w.views.new} className="size-6!" data-testid="new-view" onClick={() => setMaking(true)}>
            <Plus className="size-3.5!" />
          </IconButton>
        )}
      </div>
      {saved.map(({ view, count, more }) => (
        <Row key={view.id} view={view} count={count} more={more} item={item} />
      ))}
      {making && place.scope && (
        <Suspense>
          <ViewDialog view={null} scope={place.scope} onClose={() => setMaking(false)} />
        </Suspense>
      )}
    </section>
  );
}

const link = (view: SavedView) =>
  ({ to: "/inbox/$view/{-$id}", params: { view: view.id, id: undefined }, search: {} }) as const;

function Mark({ view }: { view: SavedView }) {
  return view.shared === "private" ? <Bookmark /> : <Users />;
}

function Row(props: { view: SavedView; count: number; more: boolean; item: string }) {
  const { view, count, more, item } = props;
  const menu = useIntent(loadMenu);
  const navigate = useNavigate();
  const params = useParams({ strict: false });
  const place = useInboxPlace();
  const here = params.view === view.id;
  const [dialog, setDialog] = useState<"edit" | null>(null);

  const remove = async () => {
    try {
      await deleteView(view);
      toast(w.views.deleted(view.name));
      if (here) await navigate({ to: "/inbox/$view/{-$id}", params: { view: "mine", id: undefined } });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) toast(errorText(error), "bad");
    }
  };
  const keep = async () => {
    if (!place.scope) return;
    try {
      await updateView(view, { scope: place.scope });
      toast(w.views.changed);
      await navigate({ ...link(view), params: { view: view.id, id: params.id } });
    } catch (error) {
      toast(errorText(error), "bad");
    }
  };
  const changed = here && place.scope && JSON.stringify(place.scope) !== JSON.stringify(savedScope(view));
  return (
    <div className="group relative flex">
      <Link
        {...link(view)}
        className={cx(item, "min-w-0 flex-1")}
        data-testid="saved-view"
        {...(view.shared === "private" ? {} : { "data-tip": w.views.of(view.owner.name) })}
      >
        <Mark view={view} />
        <span className="truncate">{view.name}</span>
        <span
          className={cx(
            "num ms-auto text-xs font-medium text-text-3",
            view.may_edit && "group-focus-within:opacity-0 group-hover:opacity-0",
          )}
        >
          <span aria-hidden="true">{count > 0 && `${count}${more ? "+" : ""}`}</span>
          <span className="sr-only">{w.views.count(count)}</span>
        </span>
      </Link>
      {view.may_edit && (
        <span className="absolute end-0.5 top-0.5 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 has-aria-expanded:opacity-100">
          <IconButton
            ref={menu.anchor}
            label={w.views.more(view.name)}
            aria-haspopup="menu"
            className="size-6!"
            {...menu.button}
          >
            <Ellipsis className="size-3.5!" />
          </IconButton>
          {menu.asked && (
            <Suspense>
              <ViewMenu
                view={view}
                open={menu.open}
                onOpenChange={menu.setOpen}
                anchor={menu.anchor}
                onEdit={() => setDialog("edit")}
                onKeep={changed ? () => void keep() : null}
                onDelete={() => void remove()}
              />
            </Suspense>
          )}
        </span>
      )}
      {dialog && (
        <Suspense>
          <ViewDialog view={view} scope={savedScope(view)} onClose={() => setDialog(null)} />
        </Suspense>
      )}
    </div>
  );
}

/** On a phone: the same, among the places to swipe through. */
export function ViewChips({ className }: { className: string }) {
  return useSaved().map(({ view, count, more }) => (
    <Link key={view.id} {...link(view)} className={className}>
      <Mark view={view} />
      {view.name}
      {count > 0 && <span className="num">{`${count}${more ? "+" : ""}`}</span>}
    </Link>
  ));
}

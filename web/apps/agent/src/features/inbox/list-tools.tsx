import { cx, IconButton, Segmented, useIntent } from "@max/ui";
import { ChevronDown, ListFilter } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import type { Scope } from "../../live/views";
import { s } from "../../strings";
import { filterCount, type InboxPlace, tabOf, withTab } from "./place";

const loadTools = () => import("./filter-tools");
const FilterPanel = lazy(() => loadTools().then((module) => ({ default: module.FilterPanel })));
const FilterTokens = lazy(() => loadTools().then((module) => ({ default: module.FilterTokens })));
const SortMenu = lazy(() => loadTools().then((module) => ({ default: module.SortMenu })));

/** The head of a list: what it is, which part of it, narrowed how, in which order. */
export function ListTools(props: {
  place: InboxPlace & { scope: Scope };
  phone: boolean;
  count: string | null;
  chips: ReactNode;
}) {
  const { place, phone } = props;
  const { scope, title, filter, setFilter } = place;
  const on = filterCount(filter);
  const tabs = scope.view === "mine" || scope.view === "all" || scope.view === "team";
  const sorted = scope.view !== "mentions";
  const panel = useIntent(loadTools);
  const sorting = useIntent(loadTools);
  const sort = filter.sort ?? (scope.view === "queue" ? "priority" : "newest");

  const filterButton = (
    <span className="relative flex-none">
      <IconButton
        ref={panel.anchor}
        label={on > 0 ? s.list.filters(on) : s.list.filter}
        shortcut="F"
        aria-haspopup="dialog"
        data-testid="filter-button"
        data-filter-button
        {...panel.button}
      >
        <ListFilter />
      </IconButton>
      {on > 0 && (
        <span
          aria-hidden="true"
          className="num pointer-events-none absolute -end-0.5 -top-0.5 grid h-3.5 min-w-3.5 place-items-center rounded-full bg-accent px-[3px] text-[9px] font-semibold text-accent-fg phone:end-1.5 phone:top-1.5"
        >
          {on}
        </span>
      )}
      {panel.asked && (
        <Suspense>
          <FilterPanel place={place} open={panel.open} onOpenChange={panel.setOpen} anchor={panel.anchor} />
        </Suspense>
      )}
    </span>
  );
  const sortButton = sorted && (
    <span className="relative ms-auto min-w-0 flex-none">
      <button
        ref={sorting.anchor}
        type="button"
        aria-label={`${s.list.sort}: ${s.list.sorts[sort]}`}
        aria-haspopup="menu"
        data-testid="sort-button"
        {...sorting.button}
        className="flex h-7 items-center gap-1 rounded-sm ps-2 pe-1.5 text-xs font-medium text-text-2 hover:bg-hover phone:h-11 phone:text-sm"
      >
        {s.list.sorts[sort]}
        <ChevronDown className="size-3! text-text-3" />
      </button>
      {sorting.asked && (
        <Suspense>
          <SortMenu place={place} open={sorting.open} onOpenChange={sorting.setOpen} anchor={sorting.anchor} />
        </Suspense>
      )}
    </span>
  );
  return (
    <header className="flex-none border-b border-line-subtle">
      <div className="flex h-[52px] items-center gap-2.5 ps-4 pe-2.5">
        <h1 className="truncate text-[15px] font-semibold tracking-[-0.01em] phone:text-[24px] phone:tracking-[-0.025em]">
          {title}
        </h1>
        <span className="num me-auto text-xs whitespace-nowrap text-text-3">{props.count}</span>
        {!tabs && sortButton}
        {filterButton}
      </div>
      {props.chips}
      {tabs && (
        <div className={cx("flex items-center gap-2 ps-4 pe-2.5 pb-2.5", phone && "pt-0")}>
          <Segmented
            label={s.list.tabs.label}
            value={tabOf(filter)}
            onChange={(tab) => setFilter(withTab(filter, tab))}
            options={TABS}
          />
          {sortButton}
        </div>
      )}
      {on > 0 && (
        <Suspense>
          <FilterTokens place={place} />
        </Suspense>
      )}
    </header>
  );
}

const TABS = (["open", "waiting", "closed"] as const).map((value) => ({
  value,
  label: s.list.tabs[value],
  testId: `tab-${value}`,
}));

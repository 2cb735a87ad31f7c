import type { Page } from "@max/api";

/** What the query cache holds for a paged list. */
export interface Pages<T> {
  pages: Page<T>[];
  pageParams: unknown[];
}

/** All rows of a list, once each. */
export function rows<T extends { id: string }>(data: Pages<T> | undefined): T[] {
  const seen = new Set<string>();
  return (data?.pages ?? []).flatMap((page) =>
    page.items.filter((item) => {
      if (seen.has(item.id)) return false;
      seen.add(item.id);
      return true;
    }),
  );
}

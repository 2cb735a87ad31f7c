import { cx } from "@max/ui";
import type { ReactNode } from "react";
import { t } from "../../strings-thread";

export const META =
  "mt-[3px] flex flex-wrap items-center gap-x-[5px] px-0.5 text-2xs text-text-3 num [&_.lucide]:size-3";
export const LINK = "font-medium text-accent-text hover:underline phone:min-h-9";
export const BUBBLE = "px-3 py-2 text-md leading-[1.45] phone:text-[15px]";

/** What a message answers. */
export function Quote(props: { name: string | null; preview: string | null; onJump: (() => void) | undefined }) {
  const inner: ReactNode = (
    <>
      {props.name && <span className="block font-medium text-accent-text">{props.name}</span>}
      <span className={cx("line-clamp-2", props.preview === null && "italic")}>
        <bdi>{props.preview ?? t.thread.quoteGone}</bdi>
      </span>
    </>
  );
  const look =
    "mb-1.5 block w-full rounded-xs border-s-[3px] border-accent-line bg-surface/60 px-2 py-1 text-start text-xs leading-[1.4] text-text-2";
  return props.onJump && props.preview !== null ? (
    <button type="button" tabIndex={-1} onClick={props.onJump} className={look}>
      {inner}
    </button>
  ) : (
    <div className={look}>{inner}</div>
  );
}

/** The corners of a bubble, by its side and its place in the group. */
export function shape(out: boolean, first: boolean): string {
  if (out) return first ? "rounded-[14px_4px_14px_14px]" : "rounded-[14px_4px_4px_14px]";
  return first ? "rounded-[4px_14px_14px_14px]" : "rounded-[4px_14px_14px_4px]";
}

/** What colleagues call somebody by; all of a name that is one word. */
export const firstName = (name: string): string => name.trim().split(/\s+/u)[0] ?? name;

import type { ReactNode } from "react";

/** A part of the panel. */
export function Section(props: { title?: string; facts?: ReactNode; last?: boolean; children: ReactNode }) {
  return (
    <section className={props.last ? "px-4 py-[13px]" : "border-b border-line-subtle px-4 py-[13px]"}>
      {props.title && (
        <h3 className="mb-2 flex items-baseline gap-1.5 text-xs font-semibold">
          {props.title}
          {props.facts !== undefined && <span className="num font-normal text-text-3">{props.facts}</span>}
        </h3>
      )}
      {props.children}
    </section>
  );
}

/** Names and what they stand for, in two columns. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-[92px_minmax(0,1fr)] items-baseline gap-x-2 gap-y-[7px]">{children}</dl>;
}

export function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="truncate text-text-3" title={label} dir="auto">
        {label}
      </dt>
      <dd className="flex min-w-0 items-center gap-1.5">{children}</dd>
    </>
  );
}

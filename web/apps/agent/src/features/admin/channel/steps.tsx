import { cx } from "@max/ui";
import { Check } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { c } from "../strings-channels";

/** Which step it is, of which. */
export function Trail<S extends string>(props: { steps: readonly S[]; names: Record<S, string>; step: S }) {
  const { steps, names, step } = props;
  const at = steps.indexOf(step);
  return (
    <ol aria-label={c.steps.label} className="flex items-center gap-1.5 text-xs">
      {steps.map((name, index) => (
        <li
          key={name}
          {...(index === at ? { "aria-current": "step" as const } : {})}
          className={cx("flex min-w-0 items-center gap-1.5", index === at ? "font-semibold" : "text-text-3")}
        >
          <span
            aria-hidden="true"
            className={cx(
              "num grid size-[18px] flex-none place-items-center rounded-full text-2xs [&_.lucide]:size-3",
              index === at ? "bg-accent text-accent-fg" : index < at ? "bg-ok-tint text-ok-text" : "bg-sunken",
            )}
          >
            {index < at ? <Check /> : index + 1}
          </span>
          <span className="truncate">{names[name]}</span>
          {index < at && <span className="sr-only">{c.steps.past}</span>}
        </li>
      ))}
    </ol>
  );
}

/** The head of a step. It takes the focus, so that the new step is read out and Tab goes on from its beginning. */
export function StepHead({ children, quiet }: { children: ReactNode; quiet?: boolean }) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!quiet) head.current?.focus();
  }, [quiet]);
  return (
    <h3 ref={head} tabIndex={-1} className="text-md font-semibold outline-none">
      {children}
    </h3>
  );
}

/** The buttons below a step. */
export const FOOT = "mt-auto flex flex-wrap justify-end gap-2 pt-1";

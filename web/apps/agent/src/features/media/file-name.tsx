import { cx } from "@max/ui";

/** Enough for most endings, and for what tells versions apart: `…final_3.pdf`. */
const TAIL = 10;

/** A file's name in one line. What does not fit is left out of its middle: the end says what kind of file it is. */
export function FileName({ children, className }: { children: string; className?: string }) {
  const letters = [...children];
  const short = letters.length <= TAIL * 2;
  return (
    <bdi data-tip={children} className={cx("flex min-w-0", className)}>
      <span className="truncate">{short ? children : letters.slice(0, -TAIL).join("")}</span>
      {!short && <span className="flex-none whitespace-pre">{letters.slice(-TAIL).join("")}</span>}
    </bdi>
  );
}

import type { Fate, FateCounts } from "@max/api";
import { Pill } from "@max/ui";
import { Ban, CircleCheck, CircleX, Copy, EyeOff, Hourglass, SmilePlus } from "lucide-react";
import type { ReactNode } from "react";
import { fatesOf, fateText } from "./journal-data";
import { j } from "./strings-journal";

const LOOKS: Record<Fate, { tone: "ok" | "warn" | "bad" | "neutral"; icon: ReactNode }> = {
  stored: { tone: "ok", icon: <CircleCheck /> },
  folded: { tone: "ok", icon: <SmilePlus /> },
  blocked: { tone: "neutral", icon: <Ban /> },
  duplicate: { tone: "neutral", icon: <Copy /> },
  ignored: { tone: "neutral", icon: <EyeOff /> },
  parked: { tone: "warn", icon: <Hourglass /> },
  dead: { tone: "bad", icon: <CircleX /> },
};

/** What became of an element, or of so many of them. */
export function FatePill({ fate, count }: { fate: Fate; count?: number }) {
  const { tone, icon } = LOOKS[fate] ?? LOOKS.ignored;
  return (
    <span data-tip={j.fateHints[fate]} className="inline-flex flex-none">
      <Pill tone={tone} icon={icon} className="h-5! px-2! text-xs!">
        {count === undefined ? j.fates[fate] : j.count(count, j.fates[fate])}
      </Pill>
    </span>
  );
}

/** The first fates, those that need somebody before others, and how many more there are. */
export function FatePills({ counts, shown = 3 }: { counts: FateCounts; shown?: number }) {
  const all = fatesOf(counts);
  if (all.length === 0) return <span className="text-xs text-text-3">{j.noElements}</span>;
  const rest = Object.fromEntries(all.slice(shown).map(({ fate, count }) => [fate, count]));
  return (
    <span className="flex min-w-0 items-center gap-1 overflow-hidden">
      {all.slice(0, shown).map(({ fate, count }) => (
        <FatePill key={fate} fate={fate} count={count} />
      ))}
      {all.length > shown && (
        <span data-tip={fateText(rest)} className="num flex-none text-2xs font-medium text-text-3">
          <span aria-hidden="true">{j.more(all.length - shown)}</span>
          <span className="sr-only">{fateText(rest)}</span>
        </span>
      )}
    </span>
  );
}

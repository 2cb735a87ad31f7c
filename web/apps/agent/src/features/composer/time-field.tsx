import { Input } from "@max/ui";
import { now } from "../../lib/clock";
import { w } from "../../strings-writing";
import { fromField, toField } from "./when";

const DAY = 86_400_000;
const FURTHEST = 30 * DAY;

/** Why a message cannot go at this time; undefined: it can. */
export function timeProblem(at: number | null): string | undefined {
  if (at === null || at <= now()) return w.later.past;
  return at > now() + FURTHEST ? w.later.far : undefined;
}

/** A date and a time by the reader's clock. */
export function TimeField(props: {
  label: string;
  value: string;
  error?: string | undefined;
  onChange: (text: string, at: number | null) => void;
}) {
  return (
    <Input
      type="datetime-local"
      label={props.label}
      value={props.value}
      min={toField(now())}
      max={toField(now() + FURTHEST)}
      error={props.error}
      onChange={(event) => props.onChange(event.target.value, fromField(event.target.value))}
    />
  );
}

import { useState } from "react";

const same = (one: unknown, two: unknown) => JSON.stringify(one) === JSON.stringify(two);

export interface Draft<T extends object> {
  /** What the form shows: the stored values with the changes over them. */
  value: T;
  /** What differs from the stored values. */
  changes: Partial<T>;
  count: number;
  set: <K extends keyof T>(key: K, value: T[K]) => void;
  reset: () => void;
}

/** A form over stored values. Fields nobody touched follow what is stored, also while the form is open. */
export function useDraft<T extends object>(stored: T): Draft<T> {
  const [touched, setTouched] = useState<Partial<T>>({});
  const changes = Object.fromEntries(
    Object.entries(touched).filter(([key, value]) => !same(value, stored[key as keyof T])),
  ) as Partial<T>;
  return {
    value: { ...stored, ...changes },
    changes,
    count: Object.keys(changes).length,
    set: (key, value) => setTouched((old) => ({ ...old, [key]: value })),
    reset: () => setTouched({}),
  };
}

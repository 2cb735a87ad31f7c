import { useEffect, useState } from "react";

/** Goes elsewhere once something is done: a render later, when the guard knows that nothing is lost. */
export function useLeaving(go: (id: string) => void) {
  const [to, leave] = useState<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is done
  useEffect(() => {
    if (to !== null) go(to);
  }, [to]);
  return { leaving: to !== null, leave };
}

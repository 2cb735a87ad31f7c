import { body, type QueueDetail } from "@max/api";
import { api, queryClient } from "../../app/services";
import { queueQuery } from "../queue/queries";

/** How long a customer should wait at most, as one writes it. An empty amount: the team has no target. */
export interface Target {
  amount: string;
  unit: Unit;
}

const SECONDS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const;
export type Unit = keyof typeof SECONDS;
export const UNITS = Object.keys(SECONDS) as Unit[];

/** Longest target, in seconds: a week. */
const MOST = 7 * 86_400;

/** A stored target in the largest unit that says it without a rest. */
export function targetOf(seconds: number | null): Target {
  if (seconds === null) return { amount: "", unit: "minutes" };
  const unit = UNITS.findLast((one) => seconds % SECONDS[one] === 0) ?? "seconds";
  return { amount: String(seconds / SECONDS[unit]), unit };
}

/** What is written, in seconds; `null` for no target, `undefined` where it is none that can be kept. */
export function secondsOf({ amount, unit }: Target): number | null | undefined {
  const text = amount.trim().replace(",", ".");
  if (text === "") return null;
  const seconds = /^\d{1,6}(\.\d{1,2})?$/.test(text) ? Number(text) * SECONDS[unit] : Number.NaN;
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= MOST ? seconds : undefined;
}

export async function saveTarget(teamId: string, seconds: number | null): Promise<void> {
  const queue = body<QueueDetail>(
    await api.PATCH("/api/v1/queues/{team_id}", {
      params: { path: { team_id: teamId } },
      body: { target_seconds: seconds },
    }),
  );
  queryClient.setQueryData(queueQuery(teamId).queryKey, queue);
}

import {
  body,
  type Channel,
  type ChannelCheck,
  type ChannelCheckRequest,
  type ChannelRow,
  type IngestHealth,
} from "@max/api";
import { useQuery } from "@tanstack/react-query";
import { api, queryClient } from "../../app/services";
import { keys } from "./live";

/** The longest time after a close in which a customer's message reopens, in hours. */
export const MOST_REOPEN_HOURS = 8_760;

export const CREDENTIALS = ["access_token", "app_secret", "verify_token"] as const;
export type Credential = (typeof CREDENTIALS)[number];

const HEALTH = ["admin", "ingest-health"] as const;

/** A channel as the server last told, in what is loaded. */
function put(channel: Channel): void {
  queryClient.setQueryData<ChannelRow[]>(keys.channels, (all) => {
    const old = all?.find((one) => one.id === channel.id);
    // A change does not tell of deliveries.
    if (old) return all?.map((one) => (one === old ? { ...one, ...channel } : one));
    return all && [...all, channel].sort((one, two) => one.name.localeCompare(two.name));
  });
}

export interface NewChannel {
  name: string;
  team_id: string | null;
  config: Record<string, string>;
  credentials: Record<string, string>;
}

export async function createChannel(channel: NewChannel): Promise<Channel> {
  const made = body<Channel>(await api.POST("/api/v1/channels", { body: { kind: "whatsapp", ...channel } }));
  put(made);
  return made;
}

export interface ChannelChange {
  name?: string;
  team_id?: string | null;
  reopen_hours?: number;
  active?: boolean;
  credentials?: Record<string, string>;
}

export async function saveChannel(channel: Channel, change: ChannelChange): Promise<Channel> {
  const params = { path: { id: channel.id } };
  const next = body<Channel>(await api.PATCH("/api/v1/channels/{id}", { params, body: change }));
  put(next);
  return next;
}

export const checkChannel = async (request: ChannelCheckRequest): Promise<ChannelCheck[]> =>
  body<{ checks: ChannelCheck[] }>(await api.POST("/api/v1/channels/check", { body: request })).checks;

/** How deliveries are doing. `every`: asked again and again while it is on screen, in milliseconds. */
export const useIngestHealth = (every: number, on = true) =>
  useQuery({
    queryKey: HEALTH,
    enabled: on,
    queryFn: async ({ signal }) => body<IngestHealth>(await api.GET("/api/v1/ingest/health", { signal })),
    refetchInterval: every,
    staleTime: 0,
  });

/** Asks for health and channels anew: something has been replayed, or a first delivery has come. */
export function lookAgain(): void {
  void queryClient.invalidateQueries({ queryKey: HEALTH });
  void queryClient.invalidateQueries({ queryKey: keys.channels });
}

/** A token nobody guesses, of letters and digits so that it can be pasted anywhere. */
export function proposeToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

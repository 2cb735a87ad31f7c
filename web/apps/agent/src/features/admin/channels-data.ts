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
import { hearEvents } from "../../live/hear";
import { keys } from "./live";

/** The longest time after a close in which a customer's message reopens, in hours. */
export const MOST_REOPEN_HOURS = 8_760;

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
  config: Record<string, unknown>;
  credentials: Record<string, string>;
}

export async function createChannel(kind: string, channel: NewChannel): Promise<Channel> {
  const made = body<Channel>(await api.POST("/api/v1/channels", { body: { kind, ...channel } }));
  put(made);
  return made;
}

export interface ChannelChange {
  name?: string;
  team_id?: string | null;
  reopen_hours?: number;
  active?: boolean;
  language?: string | null;
  config?: Record<string, unknown>;
  credentials?: Record<string, string>;
}

export async function saveChannel(channel: Channel, change: ChannelChange): Promise<Channel> {
  const params = { path: { id: channel.id } };
  const next = body<Channel>(await api.PATCH("/api/v1/channels/{id}", { params, body: change }));
  put(next);
  return next;
}

const at = (channel: Pick<Channel, "id">) => ({ params: { path: { id: channel.id } } });
const taken = (answer: Parameters<typeof body>[0]): Channel => {
  const next = body<Channel>(answer);
  put(next);
  return next;
};

/** Nothing is sent until somebody resumes it; what is written waits. */
export const pauseChannel = async (channel: Pick<Channel, "id">, reason: string): Promise<Channel> =>
  taken(await api.POST("/api/v1/channels/{id}/pause", { ...at(channel), body: reason ? { reason } : {} }));

export const resumeChannel = async (channel: Pick<Channel, "id">): Promise<Channel> =>
  taken(await api.POST("/api/v1/channels/{id}/resume", at(channel)));

/** Asks the provider how the account is; one that MAX had paused goes on when it is well. */
export const probeChannel = async (channel: Pick<Channel, "id">): Promise<Channel> =>
  taken(await api.POST("/api/v1/channels/{id}/probe", at(channel)));

/** A new secret, beside which the old one holds for a day. */
export const replaceSecret = async (channel: Pick<Channel, "id">, name: string, value: string): Promise<Channel> =>
  taken(await api.POST("/api/v1/channels/{id}/secrets", { ...at(channel), body: { name, value } }));

export const endPreviousSecret = async (channel: Pick<Channel, "id">): Promise<Channel> =>
  taken(await api.DELETE("/api/v1/channels/{id}/secrets/previous", at(channel)));

/** Sends a message to try the channel; answers the template's name, or null where it was a text. */
export async function testChannel(channel: Pick<Channel, "id">, to: string): Promise<string | null> {
  const answer = await api.POST("/api/v1/channels/{id}/test", { ...at(channel), body: { to } });
  return body<{ template?: string | null }>(answer).template ?? null;
}

hearEvents((event) => {
  if (event.kind === "channel.updated") put(event.data.channel);
});

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

import { body, type QueueDetail } from "@max/api";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../app/services";

/** How the queue as a whole stands is read again this often: who is there and how long one waits are not told by events. */
const AGAIN = 15_000;

/** A team's queue as a whole, and who is there for it. */
export const queueQuery = (teamId: string) =>
  queryOptions({
    queryKey: ["queue", teamId] as const,
    queryFn: async ({ signal }) =>
      body<QueueDetail>(await api.GET("/api/v1/queues/{team_id}", { params: { path: { team_id: teamId } }, signal })),
    staleTime: AGAIN,
  });

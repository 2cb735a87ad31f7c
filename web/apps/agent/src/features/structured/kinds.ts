import { body, type ChannelCapabilities, type StructuredLimits } from "@max/api";
import { useQuery } from "@tanstack/react-query";
import { api } from "../../app/services";

export type Kind = keyof StructuredLimits;

const HOUR = 3_600_000;
const KINDS: readonly Kind[] = ["location", "buttons", "list"];

/** What a channel can do; undefined while that is not known. */
export const useCapabilities = (channelId: string): Partial<ChannelCapabilities> | undefined =>
  useQuery({
    queryKey: ["capabilities", channelId],
    queryFn: async ({ signal }) =>
      body<ChannelCapabilities>(
        await api.GET("/api/v1/channels/{id}/capabilities", { params: { path: { id: channelId } }, signal }),
      ),
    staleTime: HOUR,
  }).data;

/** What a channel takes beside words and files. */
export function useKinds(channelId: string): readonly Kind[] {
  const limits = useCapabilities(channelId)?.structured;
  return KINDS.filter((kind) => limits?.[kind]);
}

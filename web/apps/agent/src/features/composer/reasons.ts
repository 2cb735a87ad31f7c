import { body, type CloseReason } from "@max/api";
import { useQuery } from "@tanstack/react-query";
import { api } from "../../app/services";

/** Reasons a conversation can be closed with, in the order an admin gave them. */
export const useReasons = () =>
  useQuery({
    queryKey: ["close-reasons"],
    queryFn: async ({ signal }) =>
      body<{ items: CloseReason[] }>(await api.GET("/api/v1/close-reasons", { signal })).items,
    select: (reasons) => reasons.filter((reason) => reason.active).toSorted((a, b) => a.position - b.position),
    staleTime: 60_000,
  });

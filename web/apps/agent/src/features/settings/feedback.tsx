import { body, type Feedback, type Page } from "@max/api";
import { Button, EmptyState } from "@max/ui";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MessageSquareQuote } from "lucide-react";
import { api } from "../../app/services";
import { a } from "../../strings-account";
import { n } from "../../strings-notes";
import { FeedbackList } from "../notes/feedback-dialog";
import { OWN_FEEDBACK } from "../notes/feedback-live";
import { Failed, Loading, SettingsPage } from "./page";

const FIRST: string | null = null;

/** What leads said about messages of the reader's, newest first. */
export default function FeedbackPage() {
  const query = useInfiniteQuery({
    queryKey: OWN_FEEDBACK,
    queryFn: async ({ pageParam, signal }) =>
      body<Page<Feedback>>(
        await api.GET("/api/v1/me/feedback", {
          params: { query: { limit: 30, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: FIRST,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 0,
  });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <SettingsPage title={n.page} lead={n.lead}>
      {query.isPending ? (
        <Loading />
      ) : query.isError ? (
        <Failed title={a.failed(n.page)} error={query.error} retry={() => void query.refetch()} />
      ) : items.length === 0 ? (
        <EmptyState icon={<MessageSquareQuote />} title={n.nothing}>
          {n.nothingText}
        </EmptyState>
      ) : (
        <ul className="mt-5 flex flex-col gap-3">
          {items.map((item) => (
            <li key={item.id} className="flex flex-col gap-2.5 rounded-lg border border-line p-3.5">
              {item.message.preview && (
                <blockquote
                  dir="auto"
                  className="line-clamp-3 rounded-md bg-out-bg px-3 py-2 text-sm [overflow-wrap:anywhere]"
                >
                  {item.message.preview}
                </blockquote>
              )}
              <FeedbackList items={[item]} />
              <Link
                to="/inbox/$view/{-$id}"
                params={{ view: "all", id: item.message.conversation_id }}
                className="self-start text-xs font-medium text-accent-text hover:underline phone:py-2"
              >
                {n.open} #{item.message.conversation_number}
              </Link>
            </li>
          ))}
          {query.hasNextPage && (
            <Button
              size="sm"
              className="self-center"
              busy={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              {n.older}
            </Button>
          )}
        </ul>
      )}
    </SettingsPage>
  );
}

import { type AssignmentRecord, body } from "@max/api";
import { Button, ErrorState, Skeleton, useDelayed } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { useQuery } from "@tanstack/react-query";
import { api } from "../../app/services";
import { errorText } from "../../app/words";
import { fullTime } from "../../lib/time";
import { s } from "../../strings";
import { w } from "../../strings-work";

const { timeline: words } = w;

/** Who had a conversation and why it was them: who could have had it, and who not for which reason. */
export function WhyDialog({ id, at, onClose }: { id: string; at: string | null; onClose: () => void }) {
  const query = useQuery({
    queryKey: ["assignments", id],
    queryFn: async ({ signal }) =>
      body<{ items: AssignmentRecord[] }>(
        await api.GET("/api/v1/conversations/{id}/assignments", { params: { path: { id } }, signal }),
      ).items,
    staleTime: 0,
  });
  const skeleton = useDelayed(query.isPending);
  const all = query.data ?? [];
  const asked = at === null ? all : all.filter((record) => record.at === at);
  // Where the entry has no record of its own, the whole story answers.
  const shown = asked.length > 0 ? asked : all;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={words.whyTitle} close={w.close}>
      {query.isPending ? (
        skeleton && (
          <div className="flex flex-col gap-3 p-4">
            <Skeleton className="w-2/3" />
            <Skeleton className="w-1/2" />
          </div>
        )
      ) : query.isError ? (
        <ErrorState
          title={words.failed}
          action={
            <Button size="sm" onClick={() => void query.refetch()}>
              {s.tryNow}
            </Button>
          }
        >
          {errorText(query.error)}
        </ErrorState>
      ) : shown.length === 0 ? (
        <p className="p-4 text-sm text-text-2">{words.whyEmpty}</p>
      ) : (
        <ol className="flex flex-col divide-y divide-line-subtle px-4">
          {shown.toReversed().map((record) => (
            <Record key={record.at} record={record} />
          ))}
        </ol>
      )}
    </Dialog>
  );
}

function Record({ record }: { record: AssignmentRecord }) {
  return (
    <li className="py-3.5">
      <p className="flex items-baseline gap-2">
        <b className="font-semibold">
          <bdi>{record.to?.name ?? words.queue}</bdi>
        </b>
        <span className="min-w-0 flex-1 text-sm text-text-2">
          {words.rules[record.rule]}
          {record.by && record.by.id !== record.to?.id && `${s.and}${words.by(record.by.name)}`}
        </span>
        <time dateTime={record.at} className="num flex-none text-xs text-text-3">
          {fullTime(Date.parse(record.at))}
        </time>
      </p>
      <dl className="mt-2 grid grid-cols-[120px_minmax(0,1fr)] gap-x-3 gap-y-1 text-sm phone:grid-cols-1">
        <dt className="text-text-3">{words.eligible}</dt>
        <dd>{record.eligible.map((p) => p.name).join(s.and) || words.nobody}</dd>
        {record.excluded.length > 0 && (
          <>
            <dt className="text-text-3">{words.excluded}</dt>
            <dd>
              <ul>
                {record.excluded.map((person) => (
                  <li key={person.id}>
                    {person.name}
                    <span className="text-text-3">
                      {s.dot}
                      {person.reason}
                    </span>
                  </li>
                ))}
              </ul>
            </dd>
          </>
        )}
      </dl>
    </li>
  );
}

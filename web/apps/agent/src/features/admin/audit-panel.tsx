import type { AuditEntry } from "@max/api";
import { Button, EmptyState, Skeleton } from "@max/ui";
import { SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { details, kindText, stampOf } from "./audit-words";
import type { AuditFilters } from "./filters";
import { Panel, Section } from "./layout";
import { a } from "./strings";

/** Everything one entry of the audit log carries. */
export function AuditPanel(props: {
  seq: string;
  entry: AuditEntry | undefined;
  pending: boolean;
  onClose: () => void;
  onFilter: (filters: Partial<AuditFilters>) => void;
}) {
  const { entry, onFilter } = props;
  if (!entry) {
    return (
      <Panel title={a.audit.entry(Number(props.seq) || 0)} onClose={props.onClose}>
        {props.pending ? (
          <Skeleton className="w-3/4" />
        ) : (
          <EmptyState icon={<SearchX />} title={a.audit.notHere}>
            {a.audit.notHereText}
          </EmptyState>
        )}
      </Panel>
    );
  }
  const { actor, subject } = entry;
  const facts = details(entry.data, { yes: a.audit.yes, no: a.audit.no, none: a.none });
  return (
    <Panel title={a.audit.entry(entry.seq)} onClose={props.onClose} testId="audit-panel">
      <p className="text-md font-semibold">{kindText(entry.kind)}</p>
      <dl className="flex flex-col gap-3">
        <Fact name={a.audit.fields.at}>
          <time dateTime={entry.at} className="num">
            {stampOf(entry.at)}
          </time>
          <span className="num block text-xs text-text-3">{entry.at}</span>
        </Fact>
        <Fact name={a.audit.fields.actor}>
          {actor ? (
            <Pick onClick={() => onFilter({ actor: actor.id })}>
              <bdi>{actor.name}</bdi>
            </Pick>
          ) : entry.kind.startsWith("sign_in") ? (
            a.audit.unknown
          ) : (
            a.audit.system
          )}
        </Fact>
        {entry.address && (
          <Fact name={a.audit.fields.address}>
            <span className="num break-all">{entry.address}</span>
          </Fact>
        )}
        {subject && (
          <Fact name={a.audit.fields.subject}>
            <Pick onClick={() => onFilter({ subject: subject.id })}>
              <bdi>{subject.name ?? subject.id}</bdi>
            </Pick>
            <span className="text-text-3"> · {subject.type}</span>
          </Fact>
        )}
        <Fact name={a.audit.fields.kind}>
          <code className="font-mono text-xs">{entry.kind}</code>
        </Fact>
      </dl>
      <Section title={a.audit.data}>
        {facts.length === 0 ? (
          <p className="text-xs text-text-3">{a.audit.noData}</p>
        ) : (
          <dl className="overflow-hidden rounded-md border border-line">
            {facts.map(({ name, value }) => (
              <div key={name} className="border-line-subtle px-2.5 py-1.5 not-first:border-t">
                <dt className="font-mono text-2xs break-all text-text-3">{name}</dt>
                <dd className="break-words" dir="auto">
                  {value}
                </dd>
              </div>
            ))}
          </dl>
        )}
      </Section>
      <Section title={a.audit.fields.hash}>
        <code className="rounded-md bg-sunken p-2.5 font-mono text-2xs leading-[1.6] break-all">{entry.hash}</code>
      </Section>
    </Panel>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-text-3">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A name that filters the log by itself. */
function Pick({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <Button
      look="quiet"
      size="sm"
      onClick={onClick}
      className="h-auto! p-0! text-sm! text-accent-text! hover:underline"
    >
      {children}
    </Button>
  );
}

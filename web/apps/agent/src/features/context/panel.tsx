import type { Conversation } from "@max/api";
import { Avatar, ChannelIcon, IconButton, namedColor, Tag } from "@max/ui";
import { PanelRight } from "lucide-react";
import type { ReactNode } from "react";
import { fullTime, sinceDate } from "../../lib/time";
import { useNow } from "../../lib/use-now";
import { s } from "../../strings";
import { t } from "../../strings-thread";
import { useConversation } from "../inbox/queries";

/** Who the customer is, beside the conversation. */
export function ContextPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { data } = useConversation(id);
  return (
    <aside
      aria-label={t.context.label}
      data-region="context"
      tabIndex={-1}
      className="flex min-h-0 flex-col overflow-y-auto border-s border-line-subtle bg-surface-2 outline-none"
    >
      <header className="flex h-[52px] flex-none items-center border-b border-line-subtle ps-4 pe-2.5">
        <h2 className="flex-1 text-xs font-semibold">{t.context.customer}</h2>
        <IconButton label={s.thread.hidePanel} shortcut="]" onClick={onClose}>
          <PanelRight />
        </IconButton>
      </header>
      {data && <CustomerDetails conversation={data} />}
    </aside>
  );
}

export function CustomerDetails({ conversation: c }: { conversation: Conversation }) {
  const now = useNow(60_000);
  const created = Date.parse(c.created_at);
  return (
    <>
      <Section>
        <div className="flex items-center gap-3">
          <Avatar id={c.contact.id} name={c.contact.name} size={44} />
          <div className="min-w-0 leading-[1.35]">
            <p className="truncate text-md font-semibold" dir="auto">
              {c.contact.name}
            </p>
            <p className="text-xs text-text-3">{t.context.since(sinceDate(created, now))}</p>
          </div>
        </div>
      </Section>
      <Section title={t.context.identities}>
        <dl className="grid grid-cols-[96px_minmax(0,1fr)] gap-y-[7px]">
          {c.contact.phone && (
            <Row label={t.context.phone}>
              <span className="num truncate select-all">{c.contact.phone}</span>
            </Row>
          )}
          {c.contact.username && (
            <Row label={t.context.username}>
              <bdi className="truncate select-all">{c.contact.username}</bdi>
            </Row>
          )}
          <Row label={t.context.channel}>
            <ChannelIcon kind={c.channel.kind} />
            <span className="truncate">{c.channel.name}</span>
          </Row>
        </dl>
      </Section>
      <Section title={t.context.details} last>
        <dl className="grid grid-cols-[96px_minmax(0,1fr)] gap-y-[7px]">
          <Row label={t.context.number}>
            <span className="num">{s.thread.number(c.number)}</span>
          </Row>
          <Row label={t.context.team}>
            {c.team ? (
              <Tag color={namedColor(c.team.color)} className="text-sm! text-text!">
                {c.team.name}
              </Tag>
            ) : (
              s.thread.noTeam
            )}
          </Row>
          <Row label={t.context.assignee}>
            {c.assignee ? (
              <>
                <Avatar id={c.assignee.id} name={c.assignee.name} size={20} />
                <span className="truncate">{c.assignee.name}</span>
              </>
            ) : (
              s.thread.unassigned
            )}
          </Row>
          <Row label={t.context.started}>
            <span className="num">{fullTime(created)}</span>
          </Row>
          {c.waiting_since && (
            <Row label={t.context.waiting}>
              <span className="num">{fullTime(Date.parse(c.waiting_since))}</span>
            </Row>
          )}
          {c.tags.length > 0 && (
            <Row label={t.context.tags}>
              <span className="flex flex-wrap gap-1.5">
                {c.tags.map((tag) => (
                  <Tag key={tag.id} color={namedColor(tag.color)}>
                    {tag.name}
                  </Tag>
                ))}
              </span>
            </Row>
          )}
        </dl>
      </Section>
    </>
  );
}

function Section({ title, last, children }: { title?: string; last?: boolean; children: ReactNode }) {
  return (
    <section className={last ? "px-4 py-[13px]" : "border-b border-line-subtle px-4 py-[13px]"}>
      {title && <h3 className="mb-2 text-xs font-semibold">{title}</h3>}
      {children}
    </section>
  );
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-text-3">{label}</dt>
      <dd className="flex min-w-0 items-center gap-1.5">{children}</dd>
    </>
  );
}

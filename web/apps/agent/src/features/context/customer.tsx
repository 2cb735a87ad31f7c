import type { AttributeValue, Contact, ContactChange, Conversation } from "@max/api";
import { Avatar, Button, ChannelIcon, ErrorState, namedColor, Pill, Skeleton, Tag, toast, useDelayed } from "@max/ui";
import { Ban } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useMe } from "../../app/services";
import { errorText } from "../../app/words";
import { atTime, fullTime, shortAgo, sinceDate } from "../../lib/time";
import { useNow } from "../../lib/use-now";
import { s } from "../../strings";
import { c as words } from "../../strings-context";
import { t } from "../../strings-thread";
import { TagChips } from "../tags/chips";
import { InlineEdit } from "./inline-edit";
import { bringBack, saveContact, setBlocked, useAttributes, useContact } from "./queries";
import { Facts, Row, Section } from "./section";
import { OnTheSite } from "./site";

const BlockDialog = lazy(() => import("./block-dialog").then((module) => ({ default: module.BlockDialog })));

/** Who the customer is, and what is known of them. */
export function CustomerTab(props: { conversation: Conversation; onOpenPast: (id: string) => void }) {
  const { conversation: c } = props;
  const query = useContact(c.contact.id);
  const contact = query.data;
  const skeleton = useDelayed(query.isPending);
  return (
    <>
      <Head conversation={c} contact={contact} />
      {contact ? (
        <>
          <Identities contact={contact} />
          <Details contact={contact} />
        </>
      ) : query.isError ? (
        <ErrorState
          title={words.loadFailed}
          action={
            <Button size="sm" onClick={() => void query.refetch()}>
              {s.tryNow}
            </Button>
          }
        >
          {errorText(query.error)}
        </ErrorState>
      ) : (
        skeleton && (
          <div className="flex flex-col gap-3 px-4 py-4">
            <Skeleton className="h-4 w-2/3" />
            <Skeleton className="h-4 w-4/5" />
            <Skeleton className="h-4 w-1/2" />
          </div>
        )
      )}
      <OnTheSite conversation={c} />
      <About conversation={c} />
      {contact && (
        <>
          <Past contact={contact} current={c.id} onOpen={props.onOpenPast} />
          <Block contact={contact} />
        </>
      )}
    </>
  );
}

function Head({ conversation: c, contact }: { conversation: Conversation; contact: Contact | undefined }) {
  const now = useNow(60_000);
  const name = contact?.name ?? c.contact.name;
  return (
    <Section>
      <div className="flex items-center gap-3">
        <Avatar id={c.contact.id} name={name} size={44} />
        <div className="min-w-0 flex-1 leading-[1.35]">
          <p className="flex min-w-0 items-center gap-1.5">
            <bdi className="truncate text-md font-semibold">{name}</bdi>
            {c.blocked && (
              <Pill tone="bad" icon={<Ban />}>
                {words.blocked}
              </Pill>
            )}
          </p>
          <p className="text-xs text-text-3">
            {contact
              ? words.since(sinceDate(Date.parse(contact.created_at), now))
              : t.context.since(sinceDate(Date.parse(c.created_at), now))}
          </p>
        </div>
      </div>
      <div className="mt-2.5">
        <TagChips conversation={c} />
      </div>
    </Section>
  );
}

export function Identities({ contact }: { contact: Contact }) {
  const { identities } = contact;
  return (
    <Section title={words.identities} facts={identities.length}>
      <Facts>
        {identities.map((identity) => (
          <Row key={identity.id} label={identity.channel.name}>
            <ChannelIcon kind={identity.channel.kind} />
            <bdi className="num truncate select-all" data-tip={fullTime(Date.parse(identity.created_at))}>
              {identity.external_id}
            </bdi>
          </Row>
        ))}
      </Facts>
    </Section>
  );
}

function Details({ contact }: { contact: Contact }) {
  const attributes = useAttributes().data ?? [];
  const save = (label: string, change: ContactChange) =>
    saveContact(contact, change).catch((error) => toast(words.saveFailed(label, errorText(error)), "bad"));
  const text = (value: AttributeValue | null) => (value === null ? null : String(value));
  return (
    <Section title={words.details}>
      <Facts>
        <Row label={words.fields.name}>
          <InlineEdit
            label={words.fields.name}
            kind="text"
            value={contact.name}
            required={words.nameMissing}
            onSave={(value) => void save(words.fields.name, { name: text(value) ?? contact.name })}
          />
        </Row>
        {contact.phone && (
          <Row label={words.fields.phone}>
            <span className="num truncate select-all">{contact.phone}</span>
          </Row>
        )}
        {contact.username && (
          <Row label={words.fields.username}>
            <bdi className="truncate select-all">{contact.username}</bdi>
          </Row>
        )}
        <Row label={words.fields.email}>
          <InlineEdit
            label={words.fields.email}
            kind="email"
            value={contact.email}
            onSave={(value) => void save(words.fields.email, { email: text(value) })}
          />
        </Row>
        {attributes.map((attribute) => (
          <Row key={attribute.id} label={attribute.name}>
            <InlineEdit
              label={attribute.name}
              kind={attribute.kind}
              choices={attribute.choices}
              value={contact.attributes[attribute.key]}
              onSave={(value) => void save(attribute.name, { attributes: { [attribute.key]: value } })}
            />
          </Row>
        ))}
      </Facts>
    </Section>
  );
}

function About({ conversation: c }: { conversation: Conversation }) {
  return (
    <Section title={words.conversation}>
      <Facts>
        <Row label={t.context.number}>
          <span className="num">{s.thread.number(c.number)}</span>
        </Row>
        <Row label={t.context.channel}>
          <ChannelIcon kind={c.channel.kind} />
          <span className="truncate">{c.channel.name}</span>
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
              <span className="truncate" dir="auto">
                {c.assignee.name}
              </span>
            </>
          ) : (
            s.thread.unassigned
          )}
        </Row>
        <Row label={t.context.started}>
          <span className="num">{fullTime(Date.parse(c.created_at))}</span>
        </Row>
        {c.waiting_since && (
          <Row label={t.context.waiting}>
            <span className="num">{fullTime(Date.parse(c.waiting_since))}</span>
          </Row>
        )}
      </Facts>
    </Section>
  );
}

function Past(props: { contact: Contact; current: string; onOpen: (id: string) => void }) {
  const now = useNow(60_000);
  const past = props.contact.conversations.filter((one) => one.id !== props.current);
  return (
    <Section title={words.past.title} facts={past.length}>
      {past.length === 0 && <p className="text-xs text-text-3">{words.past.none}</p>}
      <ul className="-mx-1.5 flex flex-col">
        {past.map((one) => {
          const at = Date.parse(one.last_activity_at);
          return (
            <li key={one.id}>
              <button
                type="button"
                data-testid="past-conversation"
                onClick={() => props.onOpen(one.id)}
                className="flex min-h-9 w-full min-w-0 items-center gap-2 rounded-sm px-1.5 py-1 text-start hover:bg-hover phone:min-h-12"
              >
                <span className="min-w-0 flex-1">
                  <bdi className="block truncate">{one.preview ?? words.past.empty}</bdi>
                  <span className="num block truncate text-xs text-text-3">
                    {[
                      words.past.number(one.number),
                      one.close_reason?.name ?? words.past.states[one.state],
                      one.assignee?.name,
                    ]
                      .filter(Boolean)
                      .join(s.dot)}
                  </span>
                </span>
                <time
                  dateTime={one.last_activity_at}
                  data-tip={fullTime(at)}
                  className="num flex-none text-xs text-text-3"
                >
                  {shortAgo(at, now)}
                </time>
              </button>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

/** Who blocked them, why, and when it ends. */
function BlockedHow({ contact }: { contact: Contact }) {
  const { blocked_at, blocked_by: by, blocked_until: until, block_reason: reason } = contact;
  const at = blocked_at ? atTime(Date.parse(blocked_at)) : null;
  return (
    <>
      {at && <p dir="auto">{by ? words.block.by(by.name, at) : words.block.byMax(at)}</p>}
      {by && reason && <p dir="auto">{words.block.reasonWas(reason)}</p>}
      {until && <p>{words.block.until(atTime(Date.parse(until)))}</p>}
    </>
  );
}

/** What they wrote while they were blocked, and the way to make it count after all. */
function Came({ contact }: { contact: Contact }) {
  const [busy, setBusy] = useState(false);
  const bring = async () => {
    setBusy(true);
    try {
      toast(words.block.broughtBack(await bringBack(contact.id)));
    } catch (error) {
      toast(words.block.failed(errorText(error)), "bad");
    } finally {
      setBusy(false);
    }
  };
  return (
    <div role="status" className="mb-2.5 flex flex-wrap items-center gap-2 text-xs text-text-2">
      <span className="num min-w-0 flex-1">{words.block.came(contact.came)}</span>
      <Button size="sm" busy={busy} data-testid="bring-back" onClick={() => void bring()}>
        {words.block.bringBack}
      </Button>
    </div>
  );
}

/** Blocking is for leads and up; everybody sees that it is so. */
export function Block({ contact }: { contact: Contact }) {
  const me = useMe();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const may = me.role !== "agent";
  if (!may && !contact.blocked) return null;
  const unblock = async () => {
    setBusy(true);
    try {
      await setBlocked(contact, false);
      toast(words.block.unblocked(contact.name));
    } catch (error) {
      toast(words.block.failed(errorText(error)), "bad");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section last>
      {contact.blocked && (
        <div className="mb-2.5 rounded-md bg-bad-tint px-3 py-2 text-xs text-bad-text">
          <p className="font-semibold">{words.block.state}</p>
          <p>{words.block.stateText}</p>
          <BlockedHow contact={contact} />
        </div>
      )}
      {may && !contact.blocked && contact.came > 0 && <Came contact={contact} />}
      {may &&
        (contact.blocked ? (
          <Button size="sm" busy={busy} data-testid="unblock" onClick={() => void unblock()}>
            {words.block.unblock}
          </Button>
        ) : (
          <Button size="sm" look="danger" data-testid="block" onClick={() => setAsking(true)}>
            <Ban className="size-3.5" />
            {words.block.block}
          </Button>
        ))}
      {asking && (
        <Suspense>
          <BlockDialog contact={contact} onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </Section>
  );
}

-- What was said. An outbound row is its own outbox: `queued` until the dispatcher has sent it.

create table message (
    id                uuid primary key,
    conversation_id   uuid not null references conversation,
    channel_id        uuid not null,
    seq               bigint not null,
    direction         text not null check (direction in ('in', 'out')),
    kind              text not null check (kind in ('reply', 'note')),
    author_type       text not null check (author_type in ('contact', 'user', 'system')),
    author_id         uuid,
    author_name       text not null,
    client_id         text,
    content           jsonb not null,
    preview           text not null,
    external_id       text,
    reply_to_external text,
    meta              jsonb,
    status            text not null check (status in ('received', 'queued', 'sent', 'delivered', 'read', 'failed', 'unconfirmed')),
    error             jsonb,
    attempts          integer not null default 0,
    next_attempt_at   timestamptz,
    lease_until       timestamptz,
    sent_at           timestamptz,
    created_at        timestamptz not null
);
comment on column message.seq is 'the order everyone sees, given under the conversation''s row lock';
comment on column message.sent_at is 'the provider''s time, data and never the order';
comment on column message.meta is 'what else the provider told: forwarded, referral';
comment on column message.lease_until is 'a dispatcher is sending it; once past, that dispatcher died and nobody knows whether it was sent';
create unique index message_seq_key on message (conversation_id, seq);
-- The deduplicators: a delivery repeated, a click repeated.
create unique index message_external_key on message (channel_id, external_id) where external_id is not null;
create unique index message_client_key on message (conversation_id, client_id) where client_id is not null;
-- The outbox, in the order it is looked at, and in the order within a conversation.
create index message_due on message (next_attempt_at) where status = 'queued';
create index message_queued on message (conversation_id, seq) where status = 'queued';

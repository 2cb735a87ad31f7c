-- Messages that are not said yet: held for a moment in case their author takes them back, or until a time. They have no place in the
-- conversation until they are released; then they become messages with the same id.

create table held_message (
    id              uuid primary key,
    conversation_id uuid not null references conversation,
    author_id       uuid not null references app_user,
    author_name     text not null,
    client_id       text not null,
    text            text not null,
    reply_to        uuid,
    seen_seq        bigint,
    release_at      timestamptz not null,
    error           jsonb,
    withdrawn_at    timestamptz,
    created_at      timestamptz not null
);
comment on column held_message.seen_seq is 'the last message its author had seen; null: whatever was said meanwhile does not matter';
comment on column held_message.error is 'why it could not be released; it then waits for its author''s decision';
comment on column held_message.withdrawn_at is 'taken back: kept for a while without its text, so that a send that is repeated late does not send it after all';
-- The deduplicator: a click repeated.
create unique index held_message_client_key on held_message (conversation_id, client_id);
-- What is due, in the order it is looked at, and in the order within a conversation.
create index held_message_due on held_message (release_at, id) where error is null and withdrawn_at is null;
create index held_message_conversation on held_message (conversation_id, release_at, id) where withdrawn_at is null;
-- Whose they are: what a list counts.
create index held_message_author on held_message (author_id) include (conversation_id) where error is null and withdrawn_at is null;
create index held_message_withdrawn on held_message (withdrawn_at) where withdrawn_at is not null;

-- Conversations to be closed as soon as a message was sent.
create table then_close (
    message_id      uuid primary key,
    conversation_id uuid not null,
    user_id         uuid not null references app_user,
    reason          text not null,
    note            text,
    created_at      timestamptz not null
);
comment on table then_close is 'send and close: carried out when the provider has taken the message';

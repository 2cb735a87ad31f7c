-- What happens in conversations, on its way to the other side where that is a server of the company's own. A row is gone once it was told.

create table notice (
    id              uuid primary key,
    -- The order of the log, in which the one reader writes them down.
    position        bigint generated always as identity,
    channel_id      uuid not null,
    conversation_id uuid not null,
    kind            text not null,
    -- Who did it or has the conversation now: name, photo_url.
    agent           jsonb,
    at              timestamptz not null,
    attempts        int not null default 0,
    due_at          timestamptz not null
);
create index notice_due on notice (due_at);
create index notice_order on notice (conversation_id, position);

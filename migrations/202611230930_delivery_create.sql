-- Attempts to send, each recorded before the provider is called: one without an outcome says that a node died in between.

create table send_attempt (
    id          uuid primary key,
    message_id  uuid not null,
    number      integer not null,
    node        text not null,
    started_at  timestamptz not null,
    finished_at timestamptz,
    outcome     text check (outcome in ('accepted', 'retry', 'failed', 'unconfirmed', 'lost')),
    error       jsonb
);
create index send_attempt_message on send_attempt (message_id, number);

-- Statuses that overtook our own record of the provider's id; applied when it arrives.
create table parked_status (
    channel_id  uuid not null,
    external_id text not null,
    status      text not null,
    at          timestamptz,
    error       jsonb,
    parked_at   timestamptz not null,
    primary key (channel_id, external_id, status)
);
create index parked_status_age on parked_status (parked_at);

-- Webhook calls that were not taken: how many of a channel in an hour, and why. Never one row for one call, for anybody may make millions.

create table webhook_refused (
    channel_id uuid not null,
    reason     text not null check (length(reason) <= 40),
    hour       timestamptz not null,
    count      bigint not null,
    first_at   timestamptz not null,
    last_at    timestamptz not null,
    primary key (channel_id, reason, hour)
);
create index webhook_refused_hour on webhook_refused (hour);

-- The journal: every delivery of a provider as it came, and what became of each thing in it.

create table webhook_delivery (
    id          uuid primary key,
    channel_id  uuid not null,
    received_at timestamptz not null,
    body        bytea not null
);
create index webhook_delivery_time on webhook_delivery (received_at);

create table webhook_element (
    delivery_id uuid not null,
    idx         integer not null,
    channel_id  uuid,
    kind        text not null,
    fate        text not null check (fate in ('stored', 'duplicate', 'ignored', 'parked', 'dead')),
    reason      text,
    external_id text,
    primary key (delivery_id, idx)
);
create index webhook_element_dead on webhook_element (delivery_id) where fate = 'dead';

-- Accounts at the providers.

create table channel (
    id            uuid primary key,
    kind          text not null,
    name          text not null check (name <> '' and length(name) <= 100),
    team_id       uuid references team,
    config        jsonb not null,
    credentials   bytea not null,
    account       text,
    active        boolean not null default true,
    health        text not null default 'ok' check (health in ('ok', 'trouble')),
    health_detail text,
    created_at    timestamptz not null,
    updated_at    timestamptz not null
);
comment on column channel.credentials is 'AES-256-GCM with the row id as associated data; never returned by the API';
comment on column channel.account is 'the provider''s id of the account (WhatsApp: phone_number_id), by which deliveries are routed';
create unique index channel_account_key on channel (kind, account) where account is not null;

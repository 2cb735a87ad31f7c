-- People, the teams they work in, and the sessions they work with.

create table team (
    id          uuid primary key,
    name        text not null check (name <> '' and length(name) <= 100),
    color       text not null default 'blue',
    created_at  timestamptz not null
);
create unique index team_name_key on team (lower(name));

create table app_user (
    id            uuid primary key,
    name          text not null check (name <> '' and length(name) <= 200),
    email         text not null check (length(email) <= 320),
    role          text not null check (role in ('agent', 'team_lead', 'supervisor', 'admin')),
    active        boolean not null default true,
    password_hash text not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null
);
create unique index app_user_email_key on app_user (lower(email));
comment on column app_user.password_hash is 'bcrypt; passwords over 72 bytes are refused, for bcrypt would cut them';

create table team_member (
    team_id    uuid not null references team,
    user_id    uuid not null references app_user,
    created_at timestamptz not null,
    primary key (team_id, user_id)
);
create index team_member_user on team_member (user_id);

create table session (
    id           uuid primary key,
    user_id      uuid not null references app_user,
    user_agent   text,
    created_at   timestamptz not null,
    last_used_at timestamptz not null,
    expires_at   timestamptz not null,
    ended_at     timestamptz,
    ended_why    text
);
create index session_by_user on session (user_id) where ended_at is null;

-- A chain per session: each refresh consumes one token and issues the next. Only hashes are kept.
create table refresh_token (
    hash        bytea primary key,
    session_id  uuid not null references session on delete cascade,
    issued_at   timestamptz not null,
    consumed_at timestamptz,
    successor   bytea
);
create index refresh_token_session on refresh_token (session_id);

-- Everything about people: how they sign in (second factor, one-time links), how they like MAX, their photo.

alter table app_user
    alter column password_hash drop not null,
    add column language       text not null default 'en' check (length(language) between 2 and 35),
    add column time_zone      text check (length(time_zone) <= 64),
    add column signature      text not null default '' check (length(signature) <= 1000),
    add column theme          text not null default 'system' check (theme in ('system', 'light', 'dark')),
    add column density        text not null default 'comfortable' check (density in ('comfortable', 'compact')),
    add column single_keys    boolean not null default true,
    add column notifications  jsonb not null default '{}',
    add column photo_token    text,
    add column totp_secret    bytea,
    add column totp_since     timestamptz,
    add column totp_last_step bigint,
    add column last_seen_at   timestamptz;
comment on column app_user.password_hash is 'bcrypt; passwords over 72 bytes are refused, for bcrypt would cut them. Null: invited, has not chosen one yet';
comment on column app_user.time_zone is 'IANA name; null: that of the browser';
comment on column app_user.totp_secret is 'sealed; counts only once totp_since is set, that is after a first right code';
comment on column app_user.totp_last_step is 'the newest 30-second step whose code was used: a code is good once';
create index app_user_by_name on app_user (lower(name), id);

create table user_photo (
    token      text primary key,
    user_id    uuid not null unique references app_user,
    kind       text not null,
    bytes      bytea not null check (octet_length(bytes) <= 262144),
    created_at timestamptz not null
);
comment on table user_photo is 'made by MAX from what was uploaded; the token is the unguessable part of its address and changes with the photo';

create table recovery_code (
    user_id uuid not null references app_user,
    hash    bytea not null,
    used_at timestamptz,
    primary key (user_id, hash)
);

create table one_time_link (
    hash       bytea primary key,
    user_id    uuid not null references app_user,
    purpose    text not null check (purpose in ('invite', 'reset')),
    created_by uuid references app_user,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index one_time_link_user on one_time_link (user_id) where used_at is null;

alter table session
    add column address  text,
    add column remember boolean not null default true;

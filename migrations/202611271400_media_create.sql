-- Files: those of customers, which are fetched from the provider, and those that colleagues upload. The bytes lie in a store of files; a row
-- names them by their place there, which several rows may share.

create table media (
    id              uuid primary key,
    origin          text not null check (origin in ('inbound', 'upload')),
    channel_id      uuid,
    conversation_id uuid references conversation,
    message_id      uuid references message,
    position        smallint not null default 0,
    held_id         uuid,
    canned_id       uuid,
    uploader_id     uuid references app_user,
    kind            text not null check (kind in ('image', 'video', 'audio', 'document', 'sticker')),
    state           text not null check (state in ('pending', 'ready', 'failed', 'blocked')),
    external_id     text,
    declared_type   text,
    declared_sha256 text,
    filename        text,
    voice           boolean not null default false,
    animated        boolean not null default false,
    mime_type       text,
    size            bigint,
    sha256          text,
    width           integer,
    height          integer,
    duration_ms     bigint,
    storage_key     text,
    thumbnail_key   text,
    error           jsonb,
    attempts        integer not null default 0,
    next_attempt_at timestamptz,
    lease_until     timestamptz,
    created_at      timestamptz not null,
    ready_at        timestamptz,
    check (state <> 'ready' or (storage_key is not null and sha256 is not null and mime_type is not null and size is not null)),
    check (origin <> 'inbound' or (message_id is not null and external_id is not null))
);
comment on column media.message_id is 'the message it came or went with; null: not sent (yet)';
comment on column media.held_id is 'the held message it waits with, whose id becomes the message''s';
comment on column media.canned_id is 'the canned response it belongs to; what goes out are copies';
comment on column media.mime_type is 'what the bytes are, whatever name and sender say';
comment on column media.sha256 is 'of the bytes, in hexadecimal';
comment on column media.next_attempt_at is 'when a worker is to fetch or scan it; null: nobody waits for that';
comment on column media.lease_until is 'a worker is at it; once past, that worker died and another takes it';
create index media_message on media (message_id, position, id) where message_id is not null;
create index media_held on media (held_id, position, id) where held_id is not null;
create index media_canned on media (canned_id, position, id) where canned_id is not null;
-- The work, in the order it is looked at.
create index media_due on media (next_attempt_at) where state = 'pending' and next_attempt_at is not null;
-- What nobody sent: counted by uploader, removed after a day.
create index media_unsent on media (uploader_id, created_at) where message_id is null and held_id is null and canned_id is null;
-- Whether somebody else still needs the bytes.
create index media_storage on media (storage_key) where storage_key is not null;

-- What was handed to a provider before, so that the same bytes need not be handed over again while its id of them lives.
create table media_upload (
    channel_id  uuid not null,
    sha256      text not null,
    mime_type   text not null,
    external_id text not null,
    expires_at  timestamptz not null,
    primary key (channel_id, sha256, mime_type)
);
create index media_upload_expires on media_upload (expires_at);

-- Places in the store whose bytes nobody needs any more. Noted in the transaction that says so, and emptied afterwards.
create table media_garbage (
    storage_key text primary key,
    noted_at    timestamptz not null
);

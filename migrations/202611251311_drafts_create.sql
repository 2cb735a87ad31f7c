-- What somebody has begun to write: one draft for each conversation, person and kind. No foreign key to the conversation: saving would wait
-- for whoever holds its lock.

create table draft (
    user_id         uuid not null references app_user,
    conversation_id uuid not null,
    kind            text not null check (kind in ('reply', 'note')),
    text            text not null,
    reply_to        uuid,
    origin          text,
    seq             bigint not null,
    updated_at      timestamptz not null,
    primary key (user_id, conversation_id, kind)
);
comment on column draft.text is 'empty: there is none any more; the row is kept for a while so that a save that arrives late is recognised';
comment on column draft.origin is 'the screen that saved last, by the name it gave itself';
comment on column draft.seq is 'that screen''s own count of its saves';
create index draft_there on draft (user_id) where text <> '';
create index draft_empty on draft (updated_at) where text = '';

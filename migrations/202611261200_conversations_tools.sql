-- What the tools know of a conversation: its tags, who is mentioned in it, what is pinned, whether its customer is blocked.

alter table conversation
    add column if not exists tag_ids uuid[] not null default '{}',
    add column unread_mention_ids    uuid[] not null default '{}',
    add column pinned_notes          integer not null default 0,
    add column blocked               boolean not null default false;
comment on column conversation.tag_ids is 'ids of tag; one that was merged stands for what it became until it is replaced';
comment on column conversation.unread_mention_ids is 'who is mentioned here and has not read it: those of conversation_mention without seen_at, so that a list need not look there';
comment on column conversation.pinned_notes is 'how many notes are pinned';
comment on column conversation.blocked is 'its contact is blocked; changes with contact.blocked_at';

-- Who was last mentioned where, and whether they have seen it.
create table if not exists conversation_mention (
    user_id         uuid not null references app_user,
    conversation_id uuid not null references conversation,
    seq             bigint not null,
    at              timestamptz not null,
    seen_at         timestamptz,
    primary key (user_id, conversation_id)
);
comment on column conversation_mention.seq is 'of the newest note that mentions them';
create index if not exists conversation_mention_newest on conversation_mention (user_id, at desc, conversation_id desc);
create index if not exists conversation_mention_unseen on conversation_mention (user_id) where seen_at is null;

-- What the tools know of a conversation: who is mentioned in it, what is pinned, whether its customer is blocked.

alter table conversation
    add column unread_mention_ids uuid[] not null default '{}',
    add column pinned_notes       integer not null default 0,
    add column blocked            boolean not null default false;
comment on column conversation.tag_ids is 'ids of tag; one that was merged stands for what it became until it is replaced';
comment on column conversation.unread_mention_ids is 'who is mentioned here and has not read it: those of conversation_mention without seen_at, so that a list need not look there';
comment on column conversation.pinned_notes is 'how many notes are pinned';
comment on column conversation.blocked is 'its contact is blocked; changes with contact.blocked_at';

-- Notes: who is mentioned, what is pinned, what has feedback. And what a blocked customer writes, which counts for nothing.

alter table message
    add column mentions       jsonb,
    add column pinned_at      timestamptz,
    add column pinned_by      uuid,
    add column edited_at      timestamptz,
    add column feedback_count integer not null default 0,
    add column quiet          boolean not null default false;
comment on column message.mentions is 'of a note: [{type, id, name}], the names as they were when it was written';
comment on column message.feedback_count is 'how many rows feedback_note has for it';
comment on column message.quiet is 'from a blocked contact: counts as nobody''s unread';

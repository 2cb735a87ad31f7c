-- Snoozing, closing with a reason, and what is remembered of each step.

alter table conversation
    add column snoozed_until     timestamptz,
    add column close_reason_id   uuid,
    add column close_reason_name text,
    add constraint conversation_close_reason_fkey foreign key (close_reason_id) references close_reason not valid,
    add constraint conversation_snoozed_check check (snoozed_until is null or state = 'snoozed') not valid,
    add constraint conversation_close_reason_check check (close_reason_id is null or state = 'closed') not valid,
    -- What waits is nobody's: there are never two who have a conversation, nor one who has it without knowing.
    add constraint conversation_waiting_check check (assignee_id is null or state not in ('new', 'triage', 'queued')) not valid;
comment on column conversation.snoozed_until is 'null while snoozed: until the customer writes';
comment on column conversation.assignee_id is 'of a closed conversation: who had it last and gets it back when it is reopened';
comment on column conversation.close_reason_name is 'the reason''s name when it was picked, so that lists need no other table';

-- What happened to a conversation between its messages.
create table conversation_timeline (
    position        bigint generated always as identity primary key,
    id              uuid not null,
    conversation_id uuid not null references conversation,
    after_seq       bigint not null,
    at              timestamptz not null,
    kind            text not null check (kind in ('opened', 'taken', 'assigned', 'unassigned', 'transferred', 'closed', 'reopened', 'snoozed',
                                                  'woken', 'priority_changed', 'tagged', 'untagged', 'pinned', 'unpinned', 'blocked',
                                                  'unblocked')),
    actor_id        uuid,
    actor_name      text,
    data            jsonb not null
);
comment on column conversation_timeline.position is 'the order within a conversation, given under its row lock';
comment on column conversation_timeline.after_seq is 'the last message when it happened';
comment on column conversation_timeline.actor_id is 'null: MAX itself, or the customer';
create index conversation_timeline_of on conversation_timeline (conversation_id, position);

-- Each change of who has a conversation, and why it was them.
create table conversation_assignment (
    position         bigint generated always as identity primary key,
    conversation_id  uuid not null references conversation,
    at               timestamptz not null,
    team_id          uuid,
    from_id          uuid,
    to_id            uuid,
    by_id            uuid,
    rule             text not null check (rule in ('taken', 'take_next', 'assigned', 'reply', 'hand_over', 'reopened', 'transferred')),
    eligible_ids     uuid[] not null,
    excluded_ids     uuid[] not null,
    excluded_reasons text[] not null check (cardinality(excluded_reasons) = cardinality(excluded_ids))
);
comment on column conversation_assignment.by_id is 'null: MAX itself, or the customer';
comment on column conversation_assignment.eligible_ids is 'who could have been given it at that moment';
create index conversation_assignment_of on conversation_assignment (conversation_id, position);
-- How fast a team takes: what the expected wait is reckoned from.
create index conversation_assignment_takes on conversation_assignment (team_id, at)
    where from_id is null and to_id is not null and rule <> 'reopened';

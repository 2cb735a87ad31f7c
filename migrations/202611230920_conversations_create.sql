-- A conversation: what is said between one contact and the company over one channel, from the first word to the close.
-- Its row lock guards everything in it: whoever writes its messages holds it, so `last_seq` numbers them without gaps.

create table conversation (
    id                uuid primary key,
    number            bigint generated always as identity,
    channel_id        uuid not null,
    contact_id        uuid not null references contact,
    identity_id       uuid not null references contact_identity,
    team_id           uuid references team,
    assignee_id       uuid references app_user,
    state             text not null check (state in ('new', 'triage', 'queued', 'assigned', 'snoozed', 'closed')),
    priority          text not null default 'normal' check (priority in ('low', 'normal', 'high', 'urgent')),
    participant_ids   uuid[] not null default '{}',
    last_seq          bigint not null default 0,
    inbound_count     bigint not null default 0,
    last_message      jsonb,
    last_activity_at  timestamptz not null,
    window_expires_at timestamptz,
    waiting_since     timestamptz,
    created_at        timestamptz not null,
    closed_at         timestamptz,
    check ((state = 'closed') = (closed_at is not null)),
    check (state <> 'assigned' or assignee_id is not null)
);
comment on column conversation.participant_ids is 'who wrote or was mentioned here and may keep reading';
comment on column conversation.window_expires_at is 'until when free text may be sent, by the provider''s clock; null where the channel has no such limit';
comment on column conversation.waiting_since is 'since when the customer waits for an answer; null when they do not';
create unique index conversation_number_key on conversation (number);
-- One open conversation per contact and channel: two messages that arrive together never open two.
create unique index conversation_open_key on conversation (channel_id, contact_id) where state <> 'closed';
create index conversation_contact on conversation (contact_id);
create index conversation_activity on conversation (last_activity_at desc, id desc);
create index conversation_assignee on conversation (assignee_id, last_activity_at desc, id desc) where assignee_id is not null;
create index conversation_team on conversation (team_id, last_activity_at desc, id desc);
create index conversation_queue on conversation (coalesce(waiting_since, 'infinity'), id)
    where assignee_id is null and state in ('new', 'triage', 'queued');
create index conversation_team_queue on conversation (team_id, coalesce(waiting_since, 'infinity'), id)
    where assignee_id is null and state in ('new', 'triage', 'queued');
-- The lists that are on screens all day ask for what is open.
create index conversation_assignee_open on conversation (assignee_id, last_activity_at desc, id desc) where state <> 'closed';
create index conversation_team_open on conversation (team_id, last_activity_at desc, id desc) where state <> 'closed';
create index conversation_participants on conversation using gin (participant_ids);

-- What each user has read: how many inbound messages there were when they last looked. Unread = inbound_count - this.
create table conversation_read (
    conversation_id uuid not null references conversation,
    user_id         uuid not null references app_user,
    seq             bigint not null,
    inbound_count   bigint not null,
    at              timestamptz not null,
    primary key (conversation_id, user_id)
);

-- A held message may wait for the customer rather than for a time; and it may be something else than words.

alter table held_message
    add column waits_for   text check (waits_for = 'customer'),
    add column answered_at timestamptz,
    add column content     jsonb;
comment on column held_message.waits_for is 'the customer''s next message releases it; release_at is when it stops waiting';
comment on column held_message.answered_at is 'when that message came: from then on it is due';
comment on column held_message.content is 'a place or a question with buttons, where it is no text';
-- What a customer's message releases.
create index held_message_waiting on held_message (conversation_id)
    where waits_for is not null and answered_at is null and error is null and withdrawn_at is null;

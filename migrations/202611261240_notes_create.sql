-- Feedback of a lead on one message of a colleague.

create table feedback_note (
    id              uuid primary key,
    conversation_id uuid not null references conversation,
    message_id      uuid not null references message,
    author_id       uuid not null references app_user,
    by_id           uuid not null references app_user,
    by_name         text not null,
    text            text not null check (text <> ''),
    created_at      timestamptz not null
);
comment on column feedback_note.author_id is 'who wrote the message, and so whom the feedback is for';
create index feedback_note_message on feedback_note (message_id, id);
create index feedback_note_author on feedback_note (author_id, id desc);
-- A double click says it once.
create unique index feedback_note_once on feedback_note (message_id, by_id, md5(text));

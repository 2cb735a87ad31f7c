-- What a list needs of a conversation stands in its row, so that a page costs one look at each row: the customer's names, how far each
-- user has read, its tags. Triggers keep what comes from elsewhere in step, also for the version before this one, which does not know of it.

alter table conversation
    add column contact_name     text not null default '',
    add column contact_phone    text,
    add column contact_username text,
    add column read_marks       jsonb not null default '{}',
    add column tag_ids          uuid[] not null default '{}';
comment on column conversation.contact_name is 'as in contact; whoever changes a contact''s names changes them here, under the row locks';
comment on column conversation.read_marks is 'user id to conversation_read.inbound_count: unread is inbound_count less this';
-- A mark that moves changes no indexed column: with room in the page it costs no index a new entry.
alter table conversation set (fillfactor = 85);

-- Urgent first.
create function priority_rank(priority text) returns integer language sql immutable parallel safe
return case priority when 'urgent' then 0 when 'high' then 1 when 'normal' then 2 else 3 end;

-- A new conversation takes its contact's names. The lock makes it wait for a change of them under way, which could not see it yet.
create function conversation_contact() returns trigger language plpgsql as $$
declare
    known record;
begin
    select name, phone, username into known from contact where id = new.contact_id for share;
    if found then
        new.contact_name := known.name;
        new.contact_phone := known.phone;
        new.contact_username := known.username;
    end if;
    return new;
end
$$;
create trigger conversation_contact before insert on conversation for each row execute function conversation_contact();

create function conversation_mark() returns trigger language plpgsql as $$
begin
    update conversation set read_marks = read_marks || jsonb_build_object(new.user_id, new.inbound_count) where id = new.conversation_id;
    return null;
end
$$;
create trigger conversation_mark after insert or update on conversation_read for each row execute function conversation_mark();

-- Who takes part without having the conversation, in the order of its activity: participant_ids in a form that has an order. The trigger
-- alone writes it, under the conversation's row lock.
create table conversation_participant (
    conversation_id  uuid not null,
    user_id          uuid not null,
    last_activity_at timestamptz not null,
    open             boolean not null,
    primary key (conversation_id, user_id)
);
create index conversation_participant_newest on conversation_participant (user_id, last_activity_at desc, conversation_id desc);
create index conversation_participant_open on conversation_participant (user_id, last_activity_at desc, conversation_id desc) where open;

create function conversation_participants() returns trigger language plpgsql as $$
begin
    delete from conversation_participant p
     where p.conversation_id = new.id and (p.user_id = new.assignee_id or not p.user_id = any(new.participant_ids));
    insert into conversation_participant as p (conversation_id, user_id, last_activity_at, open)
    select distinct new.id, u.id, new.last_activity_at, new.state <> 'closed'
      from unnest(new.participant_ids) as u (id) where u.id is distinct from new.assignee_id
        on conflict (conversation_id, user_id) do update set last_activity_at = excluded.last_activity_at, open = excluded.open;
    return null;
end
$$;
-- Not for the many that nobody takes part in but who has them.
create trigger conversation_participants_first after insert on conversation for each row
    when (not new.participant_ids <@ array[new.assignee_id]) execute function conversation_participants();
create trigger conversation_participants after update of participant_ids, assignee_id, last_activity_at, state on conversation for each row
    when (not new.participant_ids <@ array[new.assignee_id] or not old.participant_ids <@ array[old.assignee_id])
    execute function conversation_participants();

-- Who was last mentioned where, and whether they have seen it.
create table conversation_mention (
    user_id         uuid not null references app_user,
    conversation_id uuid not null references conversation,
    seq             bigint not null,
    at              timestamptz not null,
    seen_at         timestamptz,
    primary key (user_id, conversation_id)
);
comment on column conversation_mention.seq is 'of the newest note that mentions them';
create index conversation_mention_newest on conversation_mention (user_id, at desc, conversation_id desc);
create index conversation_mention_unseen on conversation_mention (user_id) where seen_at is null;

-- What holds a flood back: how much each customer may still say on each channel, in the row that each of their messages changes anyway.

alter table conversation
    add column flood_left    double precision not null default 0,
    add column flood_at      timestamptz,
    add column flood_run     integer not null default 0,
    add column flood_due     boolean not null default false,
    add column folded_count  integer not null default 0,
    add column folded_told   integer not null default 0,
    add column flood_told_at timestamptz,
    add column blocked_seq   bigint not null default 0,
    add column blocked_count integer not null default 0;
comment on column conversation.flood_left is 'messages the customer may write before more are folded, as of flood_at; a new conversation takes it over from the one before';
comment on column conversation.flood_at is 'null: as many as there may be';
comment on column conversation.flood_run is 'messages folded since the customer could last write freely';
comment on column conversation.flood_due is 'the customer is to be blocked for it';
comment on column conversation.folded_count is 'folded messages that nobody has looked at';
comment on column conversation.folded_told is 'how many of them the screens were told of';
comment on column conversation.blocked_seq is 'the last message when its customer was blocked';
comment on column conversation.blocked_count is 'messages that came since then';

create or replace view conversation_card as
select c.id, c.number, c.state, c.priority, c.participant_ids, c.last_seq, c.inbound_count, c.last_message, c.last_activity_at,
       c.window_expires_at, c.waiting_since, c.created_at, c.closed_at, c.channel_id, c.contact_id, c.identity_id, c.team_id, c.assignee_id,
       ct.name as contact_name, ct.phone as contact_phone, ct.username as contact_username,
       ch.kind as channel_kind, ch.name as channel_name,
       t.name as team_name, t.color as team_color,
       u.name as assignee_name,
       c.snoozed_until, c.close_reason_id, c.close_reason_name,
       c.tag_ids, c.unread_mention_ids, c.pinned_notes, c.blocked, c.folded_count, c.reply_waits
  from conversation c
  join contact ct on ct.id = c.contact_id
  join channel ch on ch.id = c.channel_id
  left join team t on t.id = c.team_id
  left join app_user u on u.id = c.assignee_id;

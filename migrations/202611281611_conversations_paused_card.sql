-- Whoever answers sees at once that the channel sends nothing for the moment.
create or replace view conversation_card as
select c.id, c.number, c.state, c.priority, c.participant_ids, c.last_seq, c.inbound_count, c.last_message, c.last_activity_at,
       c.window_expires_at, c.waiting_since, c.created_at, c.closed_at, c.channel_id, c.contact_id, c.identity_id, c.team_id, c.assignee_id,
       ct.name as contact_name, ct.phone as contact_phone, ct.username as contact_username,
       ch.kind as channel_kind, ch.name as channel_name,
       t.name as team_name, t.color as team_color,
       u.name as assignee_name,
       c.snoozed_until, c.close_reason_id, c.close_reason_name,
       c.tag_ids, c.unread_mention_ids, c.pinned_notes, c.blocked, c.folded_count, c.reply_waits,
       ch.paused_at as channel_paused_at, case when ch.paused_by is not null then coalesce(ch.paused_reason, '') end as channel_paused_reason
  from conversation c
  join contact ct on ct.id = c.contact_id
  join channel ch on ch.id = c.channel_id
  left join team t on t.id = c.team_id
  left join app_user u on u.id = c.assignee_id;

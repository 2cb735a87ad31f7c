-- What one delivery with one text does to the database, statement for statement, as one transaction: the reference of webhook ingest.
-- Ids ascend for each client, as MAX's do; the texts are the bytes that MAX itself wrote for such a delivery.
\set customer 15550000000 + random(0, :customers - 1)
\set n :n + 1
\set who :run * 65536 + :client_id
begin;
select i.id as identity, i.contact_id as person, c.name as name, c.phone, c.username, c.name_kept, c.blocked_at is not null as blocked
  from contact_identity i join contact c on c.id = i.contact_id
 where i.channel_id = :channel::uuid and i.external_id = :customer::bigint::text \gset
select c.id as conversation, c.number, c.identity_id, c.team_id as team, c.assignee_id, c.state, c.participant_ids, c.last_seq as seq,
       c.inbound_count, c.window_expires_at, c.waiting_since, c.priority, c.snoozed_until, c.closed_at, c.flood_left, c.flood_at, c.flood_run,
       c.folded_count, c.flood_told_at, c.reply_waits
  from conversation c
 where c.channel_id = :channel::uuid and c.contact_id = :person::uuid and c.state <> 'closed'
   for update \gset
insert into message (id, conversation_id, channel_id, seq, direction, kind, author_type, author_id, author_name, content, preview,
                     external_id, status, sent_at, created_at, quiet, folded)
values ((lpad(to_hex(:who::bigint), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid, :conversation::uuid,
        :channel::uuid, :seq::bigint + 1, 'in', 'reply', 'contact', :person::uuid, :name::text, :content::jsonb, :preview::text,
        'wamid.RAW' || :who::bigint || '.' || :n::bigint, 'received', now(), now(), false, false)
on conflict (channel_id, external_id) where external_id is not null do nothing
returning id, seq, folded;
with moved as (
    update conversation c
       set last_seq = :seq::bigint + 1, inbound_count = inbound_count + 1, last_message = :last::jsonb, identity_id = :identity::uuid,
           last_activity_at = now(), waiting_since = coalesce(waiting_since, now()),
           window_expires_at = greatest(window_expires_at, now() + interval '24 hours'), contact_name = ct.name,
           contact_phone = ct.phone, contact_username = ct.username, blocked_count = c.blocked_count + 0, flood_left = 999, flood_at = now(),
           flood_run = 0, flood_due = c.flood_due or false, folded_count = c.folded_count + 0
      from contact ct
     where ct.id = c.contact_id and c.id = :conversation::uuid
    returning c.*)
select c.id, c.number, c.state, c.priority, c.participant_ids, c.last_seq, c.inbound_count, c.last_message, c.last_activity_at,
       c.window_expires_at, c.waiting_since, c.created_at, c.channel_id, ch.kind as channel_kind, ch.name as channel_name, c.contact_id,
       c.contact_name, c.contact_phone, c.contact_username, c.team_id, t.name as team_name, t.color as team_color, c.assignee_id,
       u.name as assignee_name, c.snoozed_until, c.closed_at, c.close_reason_id, c.close_reason_name, c.tag_ids, c.pinned_notes, c.blocked,
       c.folded_count, c.reply_waits
  from moved c
  join channel ch on ch.id = c.channel_id
  left join team t on t.id = c.team_id
  left join app_user u on u.id = c.assignee_id;
with d as (
    insert into webhook_delivery (id, channel_id, received_at, body)
    values ((lpad(to_hex(:who::bigint), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid, :channel::uuid, now(),
            :body::bytea)),
e as (
    insert into event (at, kind, conversation_id, team_id, data)
    values (now(), 'message.created', :conversation::uuid, :team::uuid, :event::jsonb))
insert into webhook_element (delivery_id, idx, channel_id, kind, fate, external_id, sender)
values ((lpad(to_hex(:who::bigint), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid, 0, :channel::uuid, 'message',
        'stored', 'wamid.RAW' || :who::bigint || '.' || :n::bigint, :customer::bigint::text);
commit;

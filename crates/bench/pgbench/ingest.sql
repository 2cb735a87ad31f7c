-- What one delivery with one text does to the database, statement for statement, as one transaction: the reference of webhook ingest.
-- Ids ascend for each client, as MAX's do; the texts are the bytes that MAX itself wrote for such a delivery.
\set customer 15550000000 + random(0, :customers - 1)
\set n :n + 1
\set who :run * 65536 + :client_id
begin;
select i.id as identity, i.contact_id as person, c.name as name, c.phone, c.username
  from contact_identity i join contact c on c.id = i.contact_id
 where i.channel_id = :channel::uuid and i.external_id = :customer::bigint::text \gset
select c.id as conversation, c.number, c.identity_id, c.team_id as team, c.assignee_id, c.state, c.participant_ids, c.last_seq as seq,
       c.inbound_count, c.window_expires_at, c.waiting_since
  from conversation c
 where c.channel_id = :channel::uuid and c.contact_id = :person::uuid and c.state <> 'closed'
   for update \gset
insert into message (id, conversation_id, channel_id, seq, direction, kind, author_type, author_id, author_name, content, preview,
                     external_id, status, sent_at, created_at)
values ((lpad(to_hex(:who::bigint), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid, :conversation::uuid,
        :channel::uuid, :seq::bigint + 1, 'in', 'reply', 'contact', :person::uuid, :name::text, :content::jsonb, :preview::text,
        'wamid.RAW' || :who::bigint || '.' || :n::bigint, 'received', now(), now())
on conflict (channel_id, external_id) where external_id is not null do nothing
returning id, conversation_id, seq, direction, kind, author_type, author_id, author_name, content, preview, external_id, status, sent_at,
          created_at;
update conversation
   set last_seq = :seq::bigint + 1, inbound_count = inbound_count + 1, last_message = :last::jsonb, identity_id = :identity::uuid,
       last_activity_at = now(), waiting_since = coalesce(waiting_since, now()),
       window_expires_at = greatest(window_expires_at, now() + interval '24 hours'), contact_name = ct.name,
       contact_phone = ct.phone, contact_username = ct.username
  from contact ct
 where ct.id = conversation.contact_id and conversation.id = :conversation::uuid;
select c.*, coalesce(r.inbound_count, 0) as read_count
  from conversation_card c
  left join conversation_read r on r.conversation_id = c.id and r.user_id = '00000000-0000-0000-0000-000000000000'
 where c.id = :conversation::uuid;
with d as (
    insert into webhook_delivery (id, channel_id, received_at, body)
    values ((lpad(to_hex(:who::bigint), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid, :channel::uuid, now(),
            :body::bytea))
insert into webhook_element (delivery_id, idx, channel_id, kind, fate, external_id, sender)
values ((lpad(to_hex(:who::bigint), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid, 0, :channel::uuid, 'message',
        'stored', 'wamid.RAW' || :who::bigint || '.' || :n::bigint, (15550000000 + :who::bigint)::text);
insert into event (at, kind, conversation_id, team_id, data)
values (now(), 'message.created', :conversation::uuid, :team::uuid, :event::jsonb);
commit;

-- A company's history: as many conversations as the setting bench.conversations says, ten messages each, over half a year. What is recent
-- is mostly open, what is old mostly closed; a third of what is open waits in a queue. Forty agents in six teams, the bench's own among
-- them. Ids ascend with time, as MAX's do. Foreign keys hold by construction and are not checked row by row.
set session_replication_role = replica;
set synchronous_commit = off;
select setseed(current_setting('bench.seed')::double precision);

insert into team (id, name, created_at)
select gen_random_uuid(), 'Team ' || g, now() from generate_series(1, 5) g;
insert into app_user (id, name, email, role, password_hash, created_at, updated_at)
select gen_random_uuid(), 'Agent ' || g, 'agent' || g || '@bench.test', 'agent', 'none', now(), now() from generate_series(1, 39) g;

create temporary table one as
select g, (lpad(to_hex(g), 8, '0') || '-0000-7000-8000-0000000000c1')::uuid as id,
       (lpad(to_hex(g), 8, '0') || '-0000-7000-8000-0000000000c2')::uuid as contact_id,
       (lpad(to_hex(g), 8, '0') || '-0000-7000-8000-0000000000c3')::uuid as identity_id,
       teams.ids[1 + floor(random() * 6)::int] as team_id,
       agents.ids[1 + floor(random() * 40)::int] as agent_id,
       now() - (total.n - g + random() * total.n / 100) * (interval '180 days' / total.n) as at,
       random() < case when g > total.n * 0.95 then 0.8 else 0.02 end as open,
       random() < 0.33 as waits,
       random() < 0.01 as mentions
  from (select current_setting('bench.conversations')::int as n) total,
       generate_series(1, total.n) g,
       (select array_agg(id order by name) as ids from team) teams,
       (select array_agg(id order by email) as ids from app_user where role = 'agent') agents;

insert into contact (id, name, phone, created_at, updated_at)
select contact_id, 'Customer ' || g, '+' || (15560000000 + g), at, at from one;
insert into contact_identity (id, contact_id, channel_id, external_id, created_at)
select identity_id, contact_id, current_setting('bench.channel')::uuid, (15560000000 + g)::text, at from one;
insert into conversation (id, channel_id, contact_id, identity_id, team_id, assignee_id, state, participant_ids, last_seq, inbound_count,
                          last_message, last_activity_at, window_expires_at, waiting_since, created_at, closed_at, contact_name, contact_phone,
                          read_marks)
select id, current_setting('bench.channel')::uuid, contact_id, identity_id, team_id, case when not (open and waits) then agent_id end,
       case when not open then 'closed' when waits then 'queued' else 'assigned' end,
       case when not (open and waits) then array[agent_id] else '{}' end
           || case when mentions then array(select u.id from app_user u where u.email = 'agent@bench.test') else '{}' end,
       10, 5,
       jsonb_build_object('id', (lpad(to_hex(g), 8, '0') || '-000a-7000-8000-0000000000c4')::uuid, 'seq', 10, 'direction', 'in',
           'kind', 'reply', 'preview', 'Thank you, I will look at the receipt and write again if it is not there.', 'author_name',
           'Customer ' || g, 'author_id', null, 'created_at', at),
       at, at + interval '24 hours', case when open and waits then at end, at - interval '2 hours', case when not open then at end,
       'Customer ' || g, '+' || (15560000000 + g),
       coalesce((select jsonb_build_object(u.id, 4) from app_user u
                  where u.email = 'agent@bench.test' and u.id = agent_id and not (open and waits)), '{}')
  from one order by g;
-- What triggers write otherwise.
insert into conversation_participant (conversation_id, user_id, last_activity_at, open)
select distinct c.id, u.id, c.last_activity_at, c.state <> 'closed'
  from conversation c cross join unnest(c.participant_ids) as u (id) where u.id is distinct from c.assignee_id;
insert into message (id, conversation_id, channel_id, seq, direction, kind, author_type, author_id, author_name, content, preview, external_id,
                     status, sent_at, created_at)
select (lpad(to_hex(g), 8, '0') || '-' || lpad(to_hex(s), 4, '0') || '-7000-8000-0000000000c4')::uuid, id,
       current_setting('bench.channel')::uuid, s, case when s % 2 = 0 then 'in' else 'out' end, 'reply',
       case when s % 2 = 0 then 'contact' else 'user' end, case when s % 2 = 0 then contact_id else agent_id end,
       case when s % 2 = 0 then 'Customer ' || g else 'An agent' end,
       '{"type": "text", "text": "Thank you, I will look at the receipt and write again if it is not there."}',
       'Thank you, I will look at the receipt and write again if it is not there.', 'wamid.PAST' || g || '.' || s,
       case when s % 2 = 0 then 'received' else 'read' end, at - (10 - s) * interval '10 minutes', at - (10 - s) * interval '10 minutes'
  from one, generate_series(1, 10) s order by g, s;
insert into conversation_read (conversation_id, user_id, seq, inbound_count, at)
select o.id, u.id, 9, 4, o.at from one o join app_user u on u.email = 'agent@bench.test'
 where o.agent_id = u.id and not (o.open and o.waits);
drop table one;
set session_replication_role = origin;

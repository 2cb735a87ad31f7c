-- A company's conversations, number fill.from to fill.to: three in five are open, a third of those wait in a queue.
-- Twelve teams in all, a dozen more agents; the supervisor is in three teams and the lead in all. Triggers keep the names and those who
-- take part, as they do for MAX itself.
select setseed(0.5 + mod(current_setting('fill.from')::int, 40000) / 100000.0);

insert into team (id, name, created_at)
select ('00000000-0000-7000-8000-0000000001' || lpad(g::text, 2, '0'))::uuid, 'Team ' || g, now() from generate_series(1, 10) g
    on conflict do nothing;
insert into app_user (id, name, email, role, password_hash, created_at, updated_at)
select ('00000000-0000-7000-8000-0000000002' || lpad(g::text, 2, '0'))::uuid, 'Agent ' || g, 'a' || g || '@test.example', 'agent', 'none', now(), now()
  from generate_series(1, 12) g
    on conflict do nothing;
insert into team_member (team_id, user_id, created_at)
select t.id, u.id, now() from team t join app_user u on u.email = 'lead@test.example' or (u.email = 'supervisor@test.example' and t.name in ('Support', 'Team 1'))
    on conflict do nothing;

create temporary table one as
select g, (lpad(to_hex(g), 8, '0') || '-0000-7000-8000-0000000000c1')::uuid as id,
       (lpad(to_hex(g), 8, '0') || '-0000-7000-8000-0000000000c2')::uuid as contact_id,
       (lpad(to_hex(g), 8, '0') || '-0000-7000-8000-0000000000c3')::uuid as identity_id,
       -- Half of it is the first team's, the rest spreads.
       case when random() < 0.4 then teams.ids[1] else teams.ids[1 + floor(random() * 12)::int] end as team_id,
       case when random() < 0.2 then me.id else agents.ids[1 + floor(random() * cardinality(agents.ids))::int] end as agent_id,
       -- In no order, so that the rows of a page lie apart from each other.
       now() - random() * interval '140 days' as at,
       random() < 0.6 as open, random() < 0.33 as waits, random() < 0.06 as mentions, random() as chance
  from generate_series(current_setting('fill.from')::int, current_setting('fill.to')::int) g,
       (select array_agg(id order by name = 'Transfers' desc, name) as ids from team) teams,
       (select array_agg(id order by email) as ids from app_user where email <> 'stranger@test.example') agents,
       (select id from app_user where email = 'agent@test.example') me;

insert into contact (id, name, phone, created_at, updated_at)
select contact_id, 'Customer ' || g, '+' || (15560000000 + g), at, at from one;
insert into contact_identity (id, contact_id, channel_id, external_id, created_at)
select identity_id, contact_id, current_setting('fill.channel')::uuid, (15560000000 + g)::text, at from one;
insert into conversation (id, channel_id, contact_id, identity_id, team_id, assignee_id, state, priority, participant_ids, last_seq,
                          inbound_count, last_message, last_activity_at, window_expires_at, waiting_since, created_at, closed_at)
select id, current_setting('fill.channel')::uuid, contact_id, identity_id, team_id, case when not (open and waits) then agent_id end,
       case when not open then 'closed' when waits then 'queued' when chance < 0.05 then 'snoozed' else 'assigned' end,
       case when chance < 0.02 then 'urgent' when chance < 0.1 then 'high' when chance < 0.9 then 'normal' else 'low' end,
       case when not (open and waits) then array[agent_id] else '{}' end
           || case when mentions then array(select id from app_user where email in ('agent@test.example', 'lead@test.example')) else '{}' end,
       10, 5,
       jsonb_build_object('id', id, 'seq', 10, 'direction', 'in', 'kind', 'reply', 'preview',
           'Thank you, I will look at the receipt and write again if it is not there.', 'author_name', 'Customer ' || g, 'author_id', null,
           'created_at', at),
       at, at + interval '24 hours', case when open and waits then at end, at - interval '2 hours', case when not open then at end
  from one order by g;
insert into conversation_read (conversation_id, user_id, seq, inbound_count, at)
select id, agent_id, 9, 4, at from one where not (open and waits);
insert into conversation_mention (user_id, conversation_id, seq, at)
select u.id, o.id, 9, o.at from one o join app_user u on u.email in ('agent@test.example', 'lead@test.example') where o.mentions;
update conversation c set unread_mention_ids = m.ids
  from (select conversation_id, array_agg(user_id) as ids from conversation_mention where seen_at is null group by conversation_id) m
 where m.conversation_id = c.id and c.unread_mention_ids <> m.ids;
drop table one;

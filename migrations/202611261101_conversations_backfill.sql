-- no-transaction
-- Fills what conversations that were there before have in their rows, a thousand at a time and each thousand committed, so that nobody
-- waits for long. Doing it again does no harm: a node that was stopped in the middle begins anew.
do $$
declare
    last uuid := '00000000-0000-0000-0000-000000000000';
    ids uuid[];
begin
    loop
        select array_agg(c.id order by c.id) into ids
          from (select id from conversation where id > last order by id limit 1000 for update) c;
        exit when ids is null;
        update conversation c
           set contact_name = ct.name, contact_phone = ct.phone, contact_username = ct.username,
               -- A mark set meanwhile is the newer one.
               read_marks = coalesce((select jsonb_object_agg(r.user_id, r.inbound_count) from conversation_read r
                                       where r.conversation_id = c.id), '{}') || c.read_marks
          from contact ct
         where c.id = any(ids) and ct.id = c.contact_id;
        insert into conversation_participant (conversation_id, user_id, last_activity_at, open)
        select distinct c.id, u.id, c.last_activity_at, c.state <> 'closed'
          from conversation c cross join unnest(c.participant_ids) as u (id)
         where c.id = any(ids) and u.id is distinct from c.assignee_id
            on conflict (conversation_id, user_id) do nothing;
        last := ids[cardinality(ids)];
        commit;
    end loop;
end
$$;

-- Appends events in the order given. A function, so that a feature's own last statement can take its events along: they then cost no way to
-- the database of their own, and what the log looks like is still known in one place. In plpgsql, which keeps its plan.
create function event_append(at timestamptz[], kind text[], conversation_id uuid[], team_id uuid[], assignee_id uuid[], user_ids text[], data jsonb[])
    returns void language plpgsql as $$
begin
    insert into event (at, kind, conversation_id, team_id, assignee_id, user_ids, data)
    select e.at, e.kind, e.conversation_id, e.team_id, e.assignee_id, e.user_ids::uuid[], e.data
      -- Arrays of arrays cannot be ragged, so the recipients come as text.
      from unnest($1, $2, $3, $4, $5, $6, $7) with ordinality as e (at, kind, conversation_id, team_id, assignee_id, user_ids, data, ord)
     order by e.ord;
end
$$;

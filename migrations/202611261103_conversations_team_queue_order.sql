-- no-transaction
-- The queue of a team in the same order.
create index concurrently if not exists conversation_team_queue_order on conversation (team_id, priority_rank(priority), coalesce(waiting_since, 'infinity'), id)
    where assignee_id is null and state in ('new', 'triage', 'queued');

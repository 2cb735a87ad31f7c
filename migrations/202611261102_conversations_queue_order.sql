-- no-transaction
-- The queue of all teams: urgent first, then longest waiting.
create index concurrently if not exists conversation_queue_order on conversation (priority_rank(priority), coalesce(waiting_since, 'infinity'), id)
    where assignee_id is null and state in ('new', 'triage', 'queued');

-- no-transaction
-- What an agent sees of a team: what nobody has.
create index concurrently if not exists conversation_team_free on conversation (team_id, last_activity_at desc, id desc) where assignee_id is null;

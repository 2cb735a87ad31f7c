-- no-transaction
-- What somebody has put aside: few among all that they have.
create index concurrently if not exists conversation_put_aside on conversation (assignee_id, last_activity_at desc, id desc) where state = 'snoozed';

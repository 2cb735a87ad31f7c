-- no-transaction
-- Everything that is open, for admins.
create index concurrently if not exists conversation_activity_open on conversation (last_activity_at desc, id desc) where state <> 'closed';

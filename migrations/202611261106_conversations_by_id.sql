-- no-transaction
-- A conversation by its id in one step, for lists that find their ids elsewhere: the tree takes three.
create index concurrently if not exists conversation_by_id on conversation using hash (id);

-- no-transaction
create index concurrently if not exists message_pinned on message (conversation_id, pinned_at desc) where pinned_at is not null;

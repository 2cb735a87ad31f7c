-- no-transaction
create index concurrently media_visitor on media (channel_id, visitor) where visitor is not null and message_id is null;

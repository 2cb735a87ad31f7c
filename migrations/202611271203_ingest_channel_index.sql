-- no-transaction
-- The newest delivery of a channel, and its journal.
create index concurrently if not exists webhook_delivery_channel on webhook_delivery (channel_id, received_at);

-- no-transaction
-- What a flood leaves to be done: screens to tell, a customer to block.
create index concurrently if not exists conversation_flood on conversation (id) where folded_told < folded_count or flood_due;

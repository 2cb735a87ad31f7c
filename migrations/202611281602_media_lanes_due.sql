-- no-transaction
-- Both have an index of their own now.
drop index concurrently if exists media_due;

-- no-transaction
-- The files whose bytes are there and wait for the scanner.
create index concurrently if not exists media_kept_due on media (next_attempt_at)
    where state = 'pending' and next_attempt_at is not null and storage_key is not null;

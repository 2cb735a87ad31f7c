-- no-transaction
-- The files that wait to be fetched, channel by channel: one whose provider does not hand out files is passed over with one step.
create index concurrently if not exists media_fetch_due on media (channel_id, next_attempt_at)
    where state = 'pending' and next_attempt_at is not null and storage_key is null;

-- no-transaction
-- Somebody's history includes what was done to a team for their sake.
create index concurrently if not exists audit_entry_user on audit_entry ((data -> 'user' ->> 'id'), seq desc) where data -> 'user' ->> 'id' is not null;

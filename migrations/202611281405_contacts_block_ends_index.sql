-- no-transaction
create index concurrently if not exists contact_block_ends on contact (blocked_until) where blocked_until is not null;

-- no-transaction
create index concurrently if not exists contact_blocked on contact (blocked_at desc, id desc) where blocked_at is not null;

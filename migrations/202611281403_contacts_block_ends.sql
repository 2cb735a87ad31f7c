-- A block may end by itself, and blocked customers are listed.
alter table contact add column blocked_until timestamptz;
comment on column contact.blocked_until is 'null while blocked: until somebody unblocks them';

-- Who did what to whom: append-only, each entry tied to the one before it.

create table audit_entry (
    seq          bigint primary key check (seq > 0),
    at           timestamptz not null,
    kind         text not null,
    actor_id     uuid,
    actor_name   text,
    address      text,
    subject_type text,
    subject_id   uuid,
    subject_name text,
    data         json not null,
    hash         bytea not null check (octet_length(hash) = 32)
);
comment on table audit_entry is 'no foreign keys: an entry outlives whom it names';
comment on column audit_entry.data is 'json and not jsonb: its very bytes are under the hash';
comment on column audit_entry.hash is 'HMAC-SHA-256 over the hash before and this row';
create index audit_entry_kind on audit_entry (kind text_pattern_ops, seq desc);
create index audit_entry_actor on audit_entry (actor_id, seq desc);
create index audit_entry_subject on audit_entry (subject_id, seq desc);

-- The end of the chain, so that entries cut off at the end are missed.
create table audit_head (
    only_one boolean primary key default true check (only_one),
    seq      bigint not null,
    hash     bytea not null
);
insert into audit_head (seq, hash) values (0, decode(repeat('00', 32), 'hex'));

-- The role of the application has no right to change entries (max_grant); this stops the owner's mistakes too.
create function audit_entry_stays() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only';
end
$$;
create trigger audit_entry_stays before update or delete on audit_entry for each row execute function audit_entry_stays();
create trigger audit_entry_stays_whole before truncate on audit_entry for each statement execute function audit_entry_stays();

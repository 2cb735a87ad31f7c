-- Why conversations are closed: a list that admins keep. Reasons are never deleted, only switched off.

create table close_reason (
    id         uuid primary key,
    key        text not null check (key ~ '^[a-z0-9_]{1,60}$'),
    name       text not null check (name <> '' and length(name) <= 100),
    active     boolean not null default true,
    position   integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
comment on column close_reason.key is 'for programs; made from the first name and never changed';
create unique index close_reason_key_key on close_reason (key);
create unique index close_reason_name_key on close_reason (lower(name));

insert into close_reason (id, key, name, position, created_at, updated_at)
select gen_random_uuid(), r.key, r.name, r.position, now(), now()
  from (values ('resolved', 'Resolved', 1), ('no_reply_needed', 'No reply needed', 2), ('spam', 'Spam', 3), ('duplicate', 'Duplicate', 4),
               ('other', 'Other', 5)) as r (key, name, position);

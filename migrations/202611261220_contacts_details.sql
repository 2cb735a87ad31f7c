-- What colleagues know of a customer beyond what the providers tell, and whom nobody wants to hear from.

alter table contact
    add column email        text,
    add column name_kept    boolean not null default false,
    add column attributes   jsonb not null default '{}',
    add column blocked_at   timestamptz,
    add column blocked_by   uuid references app_user,
    add column block_reason text;
comment on column contact.name_kept is 'a colleague has written the name: what the customer calls themselves does not replace it';
comment on column contact.attributes is 'by the id of contact_attribute, so that a key may change and a deleted one does not come back with other values';

-- The further details an admin wants to be kept.
create table contact_attribute (
    id         uuid primary key,
    key        text not null check (key ~ '^[a-z][a-z0-9_]{0,39}$'),
    name       text not null check (name <> '' and length(name) <= 100),
    kind       text not null check (kind in ('text', 'number', 'date', 'boolean', 'choice')),
    choices    text[] not null default '{}',
    created_at timestamptz not null
);
create unique index contact_attribute_key_key on contact_attribute (key);

-- What happened to a contact's details, for its page. What the audit log is told is told there too.
create table contact_activity (
    id         uuid primary key,
    contact_id uuid not null references contact on delete cascade,
    at         timestamptz not null,
    kind       text not null,
    actor_id   uuid,
    actor_name text,
    data       jsonb not null
);
create index contact_activity_recent on contact_activity (contact_id, id desc);

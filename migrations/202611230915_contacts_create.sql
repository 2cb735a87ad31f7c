-- Customers, and the ids by which the providers know them. The provider's opaque id is the key; a phone number is an attribute.

create table contact (
    id         uuid primary key,
    name       text not null,
    phone      text,
    username   text,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table contact_identity (
    id          uuid primary key,
    contact_id  uuid not null references contact,
    channel_id  uuid not null,
    external_id text not null,
    created_at  timestamptz not null
);
create unique index contact_identity_key on contact_identity (channel_id, external_id);
create index contact_identity_contact on contact_identity (contact_id);

-- People on the company's own pages. A visitor is known here from their first visit; with their first message they become a contact.

create table visitor (
    id          uuid primary key,
    channel_id  uuid not null,
    -- Their identity: anonymous, or the company's user by a proof.
    external_id text not null,
    -- What they, or the company for them, told: name, email, phone, attributes, verified.
    profile     jsonb not null default '{}',
    -- The contact knows it too.
    told        boolean not null default true,
    created_at  timestamptz not null,
    seen_at     timestamptz not null
);
create unique index visitor_key on visitor (channel_id, external_id);
create index visitor_seen on visitor (seen_at);

create table visitor_token (
    -- SHA-256 of the token; the token itself is nowhere.
    hash       bytea primary key,
    visitor_id uuid not null references visitor on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index visitor_token_visitor on visitor_token (visitor_id);
create index visitor_token_expires on visitor_token (expires_at);

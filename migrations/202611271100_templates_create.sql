-- Texts that a provider has approved, as it lists them.

create table template (
    id              uuid primary key,
    channel_id      uuid not null references channel,
    -- The provider's id of it.
    external_id     text not null,
    name            text not null,
    language        text not null,
    category        text not null,
    status          text not null,
    quality         text,
    -- Its variables have names rather than numbers.
    named           boolean not null,
    -- Header, body, footer and buttons as the provider describes them.
    components      jsonb not null,
    rejected_reason text,
    -- The provider's time of the last notice about its status: an older one changes nothing.
    told_at         timestamptz,
    -- When a notice last changed it here: a list that was asked for before knows less.
    changed_at      timestamptz,
    synced_at       timestamptz not null,
    constraint template_key unique (channel_id, name, language)
);

-- What somebody last chose to have filled in.
create table template_default (
    template_id uuid not null references template on delete cascade,
    user_id     uuid not null references app_user,
    variables   jsonb not null,
    updated_at  timestamptz not null,
    primary key (template_id, user_id)
);

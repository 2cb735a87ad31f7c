-- Views people keep: a list's filter and order under a name.

create table saved_view (
    id         uuid primary key,
    owner_id   uuid not null references app_user,
    name       text not null check (name <> '' and length(name) <= 100),
    shared     text not null check (shared in ('private', 'team', 'everybody')),
    team_id    uuid references team,
    filter     jsonb not null,
    sort       text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check ((shared = 'team') = (team_id is not null))
);
comment on column saved_view.filter is 'as the API takes it; checked when written and again when read, for what is valid may change';
create unique index saved_view_name_key on saved_view (owner_id, lower(name));
create index saved_view_team on saved_view (team_id) where shared = 'team';
create index saved_view_everybody on saved_view (lower(name)) where shared = 'everybody';

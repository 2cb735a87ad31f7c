-- Texts that are written once and used often: somebody's own, a team's, or everybody's.

create table canned_response (
    id         uuid primary key,
    scope      text not null check (scope in ('personal', 'team', 'global')),
    team_id    uuid references team on delete cascade,
    owner_id   uuid references app_user,
    shortcut   text not null check (shortcut ~ '^[^\s/]{1,40}$'),
    title      text not null check (title <> '' and length(title) <= 100),
    text       text not null check (text <> ''),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check ((scope = 'team') = (team_id is not null)),
    check ((scope = 'personal') = (owner_id is not null))
);
-- A shortcut means one thing to each reader of its scope.
create unique index canned_response_personal_key on canned_response (owner_id, lower(shortcut)) where scope = 'personal';
create unique index canned_response_team_key on canned_response (team_id, lower(shortcut)) where scope = 'team';
create unique index canned_response_global_key on canned_response (lower(shortcut)) where scope = 'global';

-- How often each was used. Counted in a few places by chance, so that people who use the same one at the same time do not wait for each other.
create table canned_use (
    canned_id uuid not null references canned_response on delete cascade,
    slot      smallint not null,
    uses      bigint not null,
    primary key (canned_id, slot)
);

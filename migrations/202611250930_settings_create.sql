-- What admins decide for the whole installation, a row a setting.

create table setting (
    name       text primary key,
    value      jsonb not null,
    updated_at timestamptz not null,
    updated_by uuid references app_user
);

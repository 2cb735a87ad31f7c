-- What a team promises about its queue.

create table queue_target (
    team_id    uuid primary key references team on delete cascade,
    seconds    integer not null check (seconds between 1 and 604800),
    updated_at timestamptz not null
);
comment on column queue_target.seconds is 'how long a customer should wait for the first answer at most; no row: no target';

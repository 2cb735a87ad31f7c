-- One step for many conversations: what was asked, and what became of each.

create table bulk_job (
    id          uuid primary key,
    owner_id    uuid not null references app_user,
    action      text not null,
    args        jsonb not null,
    state       text not null check (state in ('running', 'done', 'undoing', 'undone')),
    total       integer not null,
    created_at  timestamptz not null,
    finished_at timestamptz
);
comment on column bulk_job.owner_id is 'with whose rights, as they are when each step is taken';
create index bulk_job_age on bulk_job (created_at);

create table bulk_item (
    bulk_id         uuid not null references bulk_job on delete cascade,
    conversation_id uuid not null,
    outcome         text check (outcome in ('done', 'failed')),
    undone          text check (undone in ('done', 'kept')),
    code            text,
    detail          text,
    was             jsonb,
    became          jsonb,
    primary key (bulk_id, conversation_id)
);
comment on column bulk_item.outcome is 'set in the transaction of the step itself, so a step is taken once';
comment on column bulk_item.was is 'what the step changed, before it; became: after it';
create index bulk_item_waiting on bulk_item (bulk_id, conversation_id) where outcome is null;
create index bulk_item_undoable on bulk_item (bulk_id, conversation_id) where outcome = 'done' and undone is null;
create index bulk_item_trouble on bulk_item (bulk_id, conversation_id) where code is not null;

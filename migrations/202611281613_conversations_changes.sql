-- How often what a customer said before may still change (reactions, other words, taking back) before screens are not told of each.

alter table conversation
    add column changes_left double precision not null default 0,
    add column changes_at   timestamptz;
comment on column conversation.changes_left is 'changes that screens are told of, as of changes_at';
comment on column conversation.changes_at is 'null: as many as there may be';

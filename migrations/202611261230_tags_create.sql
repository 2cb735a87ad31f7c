-- Tags: words that agents put on conversations. Which ones a conversation has is in conversation.tag_ids.

create table tag (
    id          uuid primary key,
    name        text not null check (name <> '' and length(name) <= 50),
    color       text not null,
    team_id     uuid references team,
    uses        bigint not null default 0,
    merged_into uuid references tag,
    gone_at     timestamptz,
    created_at  timestamptz not null,
    check (merged_into is null or gone_at is not null)
);
comment on column tag.team_id is 'for this team''s conversations only; null: for all';
comment on column tag.uses is 'on how many conversations it is; changes in the transaction that puts it there';
comment on column tag.gone_at is 'deleted or merged. The row stays, so that whoever still names it finds what it became';
create unique index tag_name_key on tag (coalesce(team_id, '00000000-0000-0000-0000-000000000000'), lower(name)) where gone_at is null;
create index tag_merged on tag (merged_into) where merged_into is not null;

-- What is wrong with an account, in whose words; and whether it sends. What is queued while it does not is kept.

alter table channel
    add column health_code   text,
    add column health_words  text,
    add column paused_at     timestamptz,
    add column paused_reason text,
    add column paused_by     uuid references app_user,
    add column troubled      integer not null default 0,
    add column probe_at      timestamptz,
    add column throughput    integer check (throughput > 0);
comment on column channel.health_code is 'the provider''s code, or MAX''s own name for the trouble';
comment on column channel.health_words is 'what is wrong and what to do, for admins; health_detail has the provider''s own words with it';
comment on column channel.paused_by is 'who paused it; null while paused: MAX itself, over trouble of the account, until a probe finds it well';
comment on column channel.troubled is 'how often in a row trouble has paused it: the longer, the longer until it is probed';
comment on column channel.probe_at is 'when an account in trouble is probed next';
comment on column channel.throughput is 'messages a second that the provider grants; null: the kind''s default';

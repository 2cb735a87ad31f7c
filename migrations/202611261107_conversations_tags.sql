-- no-transaction
-- Those that carry a tag. Queries repeat the condition, so that the many without one cost nothing.
create index concurrently if not exists conversation_tags on conversation using gin (tag_ids) where tag_ids <> '{}';

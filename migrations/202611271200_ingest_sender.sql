-- The journal can be searched by who wrote.
alter table webhook_element add column sender text;
comment on column webhook_element.sender is 'the provider''s id of whoever wrote, for messages';

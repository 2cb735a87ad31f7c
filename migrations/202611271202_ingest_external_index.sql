-- no-transaction
create index concurrently if not exists webhook_element_external on webhook_element (external_id) where external_id is not null;

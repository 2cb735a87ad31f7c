-- no-transaction
create index concurrently if not exists webhook_element_sender on webhook_element (sender) where sender is not null;

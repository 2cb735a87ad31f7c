-- A reply waits for the customer to write: whoever looks at the conversation should know.
alter table conversation add column reply_waits boolean not null default false;

-- How long after the close a customer's next message still belongs to the closed conversation.

alter table channel add column reopen_hours integer not null default 24 check (reopen_hours between 0 and 8760);
comment on column channel.reopen_hours is '0: a message after the close always begins a new conversation';

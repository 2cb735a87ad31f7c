-- What the customer was shown of us: up to which of their messages "read", and when "typing". Never twice, whichever node does it.
create table customer_receipt (
    conversation_id uuid primary key,
    read_seq        bigint not null default 0,
    typing_at       timestamptz
);

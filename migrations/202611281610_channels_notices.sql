-- What providers tell of an account beyond whether it sends: how good it is thought to be, how much it may send, and what stands against it.

alter table channel
    add column number      text,
    add column quality     text check (quality in ('good', 'middling', 'low')),
    add column daily_limit integer check (daily_limit >= 0),
    add column notices     jsonb not null default '{}';
comment on column channel.number is 'the number as customers see it, in digits; by it the provider''s notices name the channel';
comment on column channel.daily_limit is 'customers who may be written to first in a day; 0: as many as one likes';
comment on column channel.notices is 'by topic: what stands against the account, and what did, with the provider''s time of it, so that a late notice undoes nothing';

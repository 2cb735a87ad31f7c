-- A held message may be a template: what was asked for, and what it says as it was then.
alter table held_message add column template jsonb, add column filled jsonb;

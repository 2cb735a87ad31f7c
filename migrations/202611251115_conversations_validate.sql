-- The constraints of the migration before, over the rows there are.

alter table conversation validate constraint conversation_close_reason_fkey;
alter table conversation validate constraint conversation_snoozed_check;
alter table conversation validate constraint conversation_close_reason_check;
alter table conversation validate constraint conversation_waiting_check;

-- Built in one go and not concurrently: a second node that waits for the first one's migrations holds a snapshot, for which a concurrent
-- build would wait for ever. Both are partial: the first holds what is closed, the second is empty when it is built.

-- The last closed conversation of a contact and channel, which their next message may reopen.
create index conversation_last_closed on conversation (channel_id, contact_id, closed_at desc) where state = 'closed';
-- What is to wake, soonest first.
create index conversation_snoozed on conversation (snoozed_until) where state = 'snoozed' and snoozed_until is not null;

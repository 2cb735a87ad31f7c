-- Reactions, other words and being taken back stand in the message they are about.
alter table message
    -- Who reacted how, newest per person; without an emoji: taken back, kept so that an older word does not count.
    add column reactions jsonb,
    -- What it said before its words were changed.
    add column original_content jsonb,
    add column revoked_at timestamptz;

alter table webhook_element
    drop constraint webhook_element_fate_check,
    add constraint webhook_element_fate_check
        check (fate in ('stored', 'folded', 'blocked', 'duplicate', 'ignored', 'parked', 'dead')) not valid;

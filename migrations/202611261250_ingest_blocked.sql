-- What blocked contacts write is stored, and its fate says so.

alter table webhook_element
    drop constraint webhook_element_fate_check,
    add constraint webhook_element_fate_check check (fate in ('stored', 'blocked', 'duplicate', 'ignored', 'parked', 'dead')) not valid;

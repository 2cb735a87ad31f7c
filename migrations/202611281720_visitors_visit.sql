-- What a visitor does on the company's pages right now, as far as their channel notes it.
alter table visitor
    add column visit        jsonb not null default '{}',
    add column online_until timestamptz;
comment on column visitor.visit is 'page, referrer, browser, time_zone, language';
comment on column visitor.online_until is 'a node that has a socket of theirs says so again and again; once past, they are gone';

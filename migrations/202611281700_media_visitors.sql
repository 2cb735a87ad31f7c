-- What visitors of the company's pages upload before they send it. Its channel is there from the start.
alter table media add column visitor text;
comment on column media.visitor is 'the identity, at its channel, of the visitor who uploaded it; only they may send it';

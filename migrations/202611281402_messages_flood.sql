-- Messages beyond what a customer may write in a while: kept in their place, and folded on screens.
alter table message add column folded boolean not null default false;
comment on column message.folded is 'part of a flood: no event tells of it and it counts as nobody''s unread; quiet too';

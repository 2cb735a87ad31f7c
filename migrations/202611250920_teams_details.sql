-- What an admin says of a team.

alter table team add column description text not null default '' check (length(description) <= 500);

-- The one log that tells the world. Partitioned by week, dropped after the retention.

create table event (
    position        bigint generated always as identity,
    xid             xid8 not null default pg_current_xact_id(),
    at              timestamptz not null,
    kind            text not null,
    conversation_id uuid,
    team_id         uuid,
    assignee_id     uuid,
    user_ids        uuid[] not null default '{}',
    data            jsonb not null
) partition by range (at);
create index event_order on event (xid, position);

-- Catches what falls outside the prepared weeks (a clock far off), so that an append never fails.
create table event_other partition of event default;

create table event_reader (
    name     text primary key,
    xid      xid8 not null,
    position bigint not null
);

-- Where the log begins: everything up to here has been dropped.
create table event_horizon (
    only_one         boolean primary key default true check (only_one),
    dropped_xid      xid8 not null,
    dropped_position bigint not null
);
insert into event_horizon (dropped_xid, dropped_position) values ('0', 0);

-- Makes the partitions of this week and the next three, drops those that ended more than keep_days ago, and moves the horizon.
create function event_partitions(now timestamptz, keep_days integer) returns void language plpgsql as $$
declare
    week date;
    part record;
    newest record;
begin
    -- One node at a time; the others find the work done.
    perform pg_advisory_xact_lock(hashtext('event_partitions'));
    for i in 0..3 loop
        week := date_trunc('week', now at time zone 'UTC')::date + i * 7;
        if to_regclass(format('event_%s', to_char(week, 'YYYYMMDD'))) is null then
            begin
                execute format('create table event_%s partition of event for values from (%L) to (%L)',
                    to_char(week, 'YYYYMMDD'), week::timestamp at time zone 'UTC', (week + 7)::timestamp at time zone 'UTC');
            exception when check_violation then
                -- The default partition already holds rows of that week: they stay there.
                null;
            end;
        end if;
    end loop;
    for part in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = 'event'::regclass and c.relname ~ '^event_[0-9]{8}$'
           and to_date(right(c.relname, 8), 'YYYYMMDD') + 7 < (now at time zone 'UTC')::date - keep_days
    loop
        execute format('select xid, position from %I order by xid desc, position desc limit 1', part.relname) into newest;
        if newest.xid is not null then
            update event_horizon set dropped_xid = newest.xid, dropped_position = newest.position
             where (dropped_xid, dropped_position) < (newest.xid, newest.position);
        end if;
        execute format('drop table %I', part.relname);
    end loop;
    delete from event_other where at < now - make_interval(days => keep_days);
end
$$;

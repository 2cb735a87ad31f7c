-- MAX acts as the role max_app, which may do what features do and no more: in particular it cannot change the audit log. Migrations run as
-- the owner. Where the owner may not create roles and nobody has prepared this one, MAX acts as the owner.

do $$
begin
    if not exists (select from pg_roles where rolname = 'max_app') then
        create role max_app nologin;
        -- Since PostgreSQL 16 whoever makes a role may not act as it by that alone.
        if current_setting('server_version_num')::integer >= 160000 then
            execute 'grant max_app to current_user with set true';
        end if;
    end if;
exception when insufficient_privilege or duplicate_object or unique_violation then
    null;
end
$$;

-- Gives the role its rights, on what later migrations have made too. Called after each migration; answers whether MAX can act as it.
create function max_grant() returns boolean language plpgsql as $$
declare
    own text;
    guarded regclass;
    -- To be a member is enough before PostgreSQL 16, which tells the right to act as a role from the rest.
    needed text := case when current_setting('server_version_num')::integer >= 160000 then 'set' else 'member' end;
begin
    if not exists (select from pg_roles where rolname = 'max_app') or not pg_has_role(current_user, 'max_app', needed) then
        return false;
    end if;
    -- Two nodes that start at once would get in each other's way.
    perform pg_advisory_xact_lock(hashtext('max_grant'));
    foreach own in array array['public', 'graphile_worker'] loop
        if to_regnamespace(own) is not null then
            execute format('grant usage on schema %I to max_app', own);
            execute format('grant select, insert, update, delete on all tables in schema %I to max_app', own);
            execute format('grant usage, select, update on all sequences in schema %I to max_app', own);
            execute format('grant execute on all routines in schema %I to max_app', own);
        end if;
    end loop;
    -- The job library closes its tables row by row to everybody but their owner.
    for guarded in
        select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'graphile_worker' and c.relrowsecurity
           and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'max_app')
    loop
        execute format('create policy max_app on %s to max_app using (true) with check (true)', guarded);
    end loop;
    revoke insert, update, delete on _sqlx_migrations from max_app;
    if to_regclass('audit_entry') is not null then
        revoke update, delete, truncate on audit_entry from max_app;
    end if;
    return true;
end
$$;

-- The upkeep of the event log makes and drops tables, which only their owner may.
alter function event_partitions(timestamptz, integer) security definer set search_path = public, pg_temp;

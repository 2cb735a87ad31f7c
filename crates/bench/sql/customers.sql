-- $1 how many, $2 their channel, $3 its team: customers with an open conversation each, in the reference's database.
with one as (
    select gen_random_uuid() as contact_id, gen_random_uuid() as identity_id, (15550000000 + g)::text as external_id
      from generate_series(0, $1::bigint - 1) g),
contacts as (
    insert into contact (id, name, phone, created_at, updated_at)
    select contact_id, 'Customer ' || external_id, '+' || external_id, now(), now() from one),
identities as (
    insert into contact_identity (id, contact_id, channel_id, external_id, created_at)
    select identity_id, contact_id, $2::uuid, external_id, now() from one)
insert into conversation (id, channel_id, contact_id, identity_id, team_id, state, last_activity_at, created_at)
select gen_random_uuid(), $2::uuid, contact_id, identity_id, $3::uuid, 'queued', now(), now() from one

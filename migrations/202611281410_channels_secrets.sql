-- A secret that was replaced goes on holding for a while, so that nobody has to change it at two places in the same second. And the language
-- that a channel speaks.

alter table channel
    add column previous_secret       bytea,
    add column previous_secret_until timestamptz,
    add column language              text check (language ~ '^[a-z]{2,3}(_[A-Za-z]{2,4})?$'),
    add constraint channel_previous_secret_check check ((previous_secret is null) = (previous_secret_until is null));
comment on column channel.previous_secret is 'encrypted: {name: value}';
comment on column channel.language is 'the language of templates and texts unless said; as the provider writes it (pt_BR)';

-- Up Migration

-- Where a person signed in from, newest first: there the limit of failures by their name does not shut them out, as
-- anybody who knows the name can use it up. An IPv6 address stands as its /64 network.
alter table console_people add column signed_in_from text[] not null default '{}';

-- Down Migration

alter table console_people drop column signed_in_from;

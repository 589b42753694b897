-- Up Migration

-- What the operator decides of a tenant (private addresses, rate limits), out of reach of the tenant's own database
-- login. Null: what stands in the tenant's own table is taken over when its database is opened next, once.
alter table tenants add column operator_settings jsonb;

-- Down Migration

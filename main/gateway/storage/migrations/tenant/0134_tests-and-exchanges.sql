-- Up Migration
alter table message_deliveries
  -- sent by a person to try a channel: shown in the history, counted nowhere
  add column if not exists is_test boolean;

alter table delivery_attempts
  -- of a webhook (as json it is stored without being taken apart): where it went, when, and the head of the answer
  add column if not exists exchange json;

-- Down Migration

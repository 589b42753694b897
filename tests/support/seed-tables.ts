/** The schema that an installation of the original server has: the seed's own, or all of it in `settings`. */
export type SeedVariant = 'seed' | 'settings-schema';

/** The seed page's tables, to the letter; one variant keeps all of them in the schema `settings`. */
export function seedTables(variant: SeedVariant): string {
  const schema = variant === 'seed' ? 'public' : 'settings';
  const settingsTable = variant === 'seed' ? 'public.settings_email_whatsapp' : 'settings.email_whatsapp';
  return `
    create schema if not exists settings;
    create table ${settingsTable} (
      id serial primary key,
      customer_id varchar(50) not null,
      email_enabled boolean default true,
      use_customer_smtp boolean default false,
      smtp_host varchar(255),
      smtp_port integer default 587,
      smtp_username varchar(255),
      smtp_password varchar(255),
      whatsapp_enabled boolean default true,
      use_customer_whatsapp boolean default false,
      whatsapp_api_key varchar(255),
      webhook_enabled boolean default false,
      webhook_url varchar(500),
      created_at timestamp default now()
    );
    create table ${schema}.websocket_events (
      id serial primary key,
      customer_id varchar(50) not null,
      event_type varchar(100) not null,
      event_data jsonb not null,
      status varchar(20) default 'pending',
      created_at timestamp default now()
    );
    create table ${schema}.message_deliveries (
      id serial primary key,
      event_id integer references ${schema}.websocket_events (id),
      customer_id varchar(50) not null,
      channel varchar(20) not null,
      recipient varchar(255) not null,
      message_content text,
      status varchar(20) default 'pending',
      sent_at timestamp,
      retry_count integer default 0
    );
    create table settings.whatsapp_sessions (
      id serial primary key,
      customer_id varchar(50) not null,
      status varchar(50) not null,
      qr_code text,
      error_message text,
      last_updated timestamp default now(),
      unique (customer_id)
    );`;
}

/** Rows as a used installation has them: every table, every state, nulls where the seed allows them. */
export function seedRows(variant: SeedVariant): string {
  const schema = variant === 'seed' ? 'public' : 'settings';
  const settingsTable = variant === 'seed' ? 'public.settings_email_whatsapp' : 'settings.email_whatsapp';
  return `
    insert into ${settingsTable}
      (customer_id, use_customer_smtp, smtp_host, smtp_username, smtp_password, webhook_enabled, webhook_url)
    values
      ('ACC001', true, 'smtp.acc001.example', 'mailer', 'plain-password', true, 'https://acc001.example/hook'),
      ('ACC002', false, null, null, null, false, null);
    insert into ${schema}.websocket_events (customer_id, event_type, event_data, status, created_at) values
      ('ACC001', 'invoice:sent', '{"invoice_id": 1, "client_email": "a@example.com"}', 'completed', '2024-01-05 08:00'),
      ('ACC001', 'invoice:paid', '{"invoice_id": 1, "payment_amount": "R 1 500,00"}', 'failed', '2024-01-06 09:30'),
      ('ACC001', 'refund:created', '[]', 'pending', '2024-01-07 10:00'),
      ('ACC002', 'made:up', '{"deep": {"er": ["ünïcode", null]}}', null, null);
    insert into ${schema}.message_deliveries
      (event_id, customer_id, channel, recipient, message_content, status, sent_at, retry_count)
    values
      (1, 'ACC001', 'email', 'a@example.com', 'Invoice 1', 'sent', '2024-01-05 08:00:02', 0),
      (1, 'ACC001', 'webhook', 'https://acc001.example/hook', null, 'failed', null, 5),
      (2, 'ACC001', 'whatsapp', '27820000000', 'Paid', 'pending', null, null),
      (null, 'ACC002', 'email', 'b@example.com', 'No event', null, null, 1);
    insert into settings.whatsapp_sessions (customer_id, status, qr_code, last_updated) values
      ('ACC001', 'ready', null, '2024-01-05 07:59'),
      ('ACC002', 'qr_ready', '2@abc', '2024-01-05 07:58');`;
}

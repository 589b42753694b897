import {
  parseDatabaseHosts,
  parseDatabaseName,
  parseDatabasePorts,
  parseDatabaseTemplate,
  parseText,
  parseWholeNumber,
} from '../config-values';
import { text, type ConfigurationVariable } from './configuration-variable';

export const databaseVariables = {
  DB_HOST: {
    group: 'database',
    description: 'Your own PostgreSQL, or a primary and its standbys. Not set: the gateway brings its own.',
    allowed: 'a host name, an IP address or the folder of a socket; several with commas between',
    default: 'not set: embedded PostgreSQL in GATEWAY_DATA_DIR',
    parse: parseDatabaseHosts,
  },
  DB_PORT: {
    group: 'database',
    description: 'The port of the server at DB_HOST: one for all, or one for each with commas between.',
    allowed: 'whole numbers from 1 to 65535, with commas between',
    default: '5432',
    parse: parseDatabasePorts,
  },
  DB_NAME: {
    group: 'database',
    description: "The gateway's own system database on that server; made when it is not there.",
    allowed: 'a name of at most 63 characters, none of them ; / ? : @ & = + $ , # %',
    default: 'modular_gateway',
    parse: parseDatabaseName,
  },
  DB_USER: {
    group: 'database',
    description: 'The user of that server.',
    allowed: 'a name of at most 63 characters',
    default: 'postgres',
    parse: parseText(63),
  },
  DB_PASSWORD: {
    group: 'database',
    description: 'The password of that user.',
    allowed: text,
    default: 'empty',
    secret: true,
    verbatim: true,
    parse: parseText(1_000),
  },
  DB_MAX_CONNECTIONS: {
    group: 'database',
    description: 'Connections that this gateway may have open to one database server.',
    allowed: 'a whole number from 12 to 10000',
    default: 'not set: its part of what the server allows, less a tenth for others',
    parse: parseWholeNumber(12, 10_000),
  },
  TENANT_DATABASE_TEMPLATE: {
    group: 'database',
    description: 'Where the databases of tenants are: adopted when they are there, else made.',
    allowed: 'a database name or a postgres:// address, with {customer_id} in it',
    default: 'not set: each tenant gets a database of its own',
    parse: parseDatabaseTemplate,
  },
} satisfies Record<string, ConfigurationVariable>;

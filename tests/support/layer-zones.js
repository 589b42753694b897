/**
 * The layer rule of ARCHITECTURE.md as data: what each room of the gateway may import.
 * Used by eslint.config.js, and by the test that shows the rule catching a breach.
 */
const gateway = 'main/gateway';

/** What every room may import; these know nothing of the rooms. */
export const foundations = [
  'version.ts',
  'dist-folder.ts',
  'errors.ts',
  'signals.ts',
  'observability',
  'concurrency',
  'system',
];

/**
 * Room → entries of main/gateway it may import, besides itself and the foundations. A room inside a room
 * (`channels/email`) may import what stands here only, although its outer room may import more.
 */
export const allowedImports = {
  concurrency: [],
  system: [],
  discovery: [],
  observability: [],
  secrets: [],
  config: ['secrets'],
  storage: ['config'],
  auth: ['config', 'secrets', 'storage'],
  tenants: ['config', 'secrets', 'storage', 'auth'],
  backup: ['auth', 'config', 'secrets', 'storage', 'tenants'],
  messages: [],
  whatsapp: ['config', 'storage'],
  channels: ['config', 'storage', 'whatsapp'],
  'channels/attachments': ['channels/channel.ts', 'channels/outbound'],
  'channels/outbound': ['channels/channel.ts'],
  'channels/email': ['channels/channel.ts', 'channels/attachments', 'channels/outbound', 'config'],
  'channels/webhook': ['channels/channel.ts', 'channels/attachments', 'channels/outbound'],
  'channels/whatsapp': ['channels/channel.ts', 'channels/attachments', 'whatsapp', 'storage'],
  deliveries: ['channels/channel.ts', 'messages', 'auth/cpu-budget.ts', 'auth/rate-limits.ts', 'storage'],
  events: [
    'deliveries/plan-deliveries.ts',
    'deliveries/delivery-tenant.ts',
    'messages',
    'whatsapp/clean-phone-text.ts',
    'whatsapp/phone-numbers.ts',
    'storage',
  ],
  http: ['live-tenant.ts', 'config', 'auth', 'messages', 'whatsapp', 'deliveries', 'events'],
  sockets: ['live-tenant.ts', 'config', 'auth', 'whatsapp', 'deliveries', 'events'],
  console: [
    'live-tenant.ts',
    'config',
    'secrets',
    'auth',
    'tenants',
    'backup',
    'messages',
    'whatsapp',
    'deliveries',
    'events',
  ],
};

const roomZones = Object.entries(allowedImports).map(([room, allowed]) => ({
  target: `./${gateway}/${room}`,
  from: `./${gateway}`,
  except: [...new Set([room, ...foundations, ...allowed])].map((entry) => `./${entry}`),
  message: `${room}/ may import ${[...allowed, 'contracts and the foundations'].join(', ')} only (see ARCHITECTURE.md).`,
}));

/** The files at the root of main/gateway that rooms may import stand below the rooms that fill them in. */
const foundationZones = foundations
  .filter((entry) => entry.endsWith('.ts'))
  .map((entry) => ({
    target: `./${gateway}/${entry}`,
    from: `./${gateway}`,
    except: [`./${entry}`],
    message: `${entry} is a foundation: it imports contracts only.`,
  }));

export const layerZones = [
  ...roomZones,
  ...foundationZones,
  {
    target: './main/contracts',
    from: './main',
    except: ['./contracts'],
    message: 'contracts/ imports zod only.',
  },
  {
    target: `./${gateway}`,
    from: './main',
    except: ['./gateway', './contracts'],
    message: 'The gateway knows nothing of its entry points.',
  },
  {
    target: './renderer',
    from: './main',
    except: ['./contracts'],
    message: 'renderer/ imports contracts only.',
  },
  {
    target: './preload',
    from: './main',
    except: ['./contracts'],
    message: 'preload/ imports contracts only.',
  },
  {
    target: './main',
    from: './renderer',
    message: 'main/ knows nothing of the pages; the words both show are in texts/.',
  },
  ...['main', 'preload', 'renderer', 'scripts'].map((folder) => ({
    target: `./${folder}`,
    from: './tests',
    message: 'Product code never imports test code.',
  })),
];

/**
 * The layer rule of ARCHITECTURE.md as data: what each folder of the gateway may import.
 * Used by eslint.config.js, and by the test that shows the rule catching a breach.
 */
const gateway = 'main/gateway';
const leaves = [
  'version.ts',
  'config.ts',
  'signals.ts',
  'errors.ts',
  'logger.ts',
  'create-bounded-cache.ts',
  'keep-freshest.ts',
];

/** folder → entries of main/gateway it may import, besides itself and the leaves above */
export const allowedImports = {
  storage: [],
  tenants: ['storage'],
  messages: [],
  whatsapp: ['storage', 'tenants'],
  channels: ['whatsapp', 'tenants'],
  deliveries: ['channels/channel.ts', 'messages', 'tenants', 'storage'],
  events: [
    'deliveries/plan-deliveries.ts',
    'deliveries/delivery-tenant.ts',
    'messages',
    'tenants',
    'storage',
  ],
  http: ['live-tenant.ts', 'events', 'deliveries', 'whatsapp', 'tenants', 'messages'],
  sockets: ['live-tenant.ts', 'events', 'deliveries', 'whatsapp', 'tenants'],
  console: ['live-tenant.ts', 'events', 'deliveries', 'whatsapp', 'tenants', 'messages'],
};

const folderZones = Object.entries(allowedImports).map(([folder, allowed]) => ({
  target: `./${gateway}/${folder}`,
  from: `./${gateway}`,
  except: [`./${folder}`, ...leaves.map((leaf) => `./${leaf}`), ...allowed.map((entry) => `./${entry}`)],
  message: `${folder}/ may import ${[...allowed, 'contracts and the leaf modules'].join(', ')} only (see ARCHITECTURE.md).`,
}));

export const layerZones = [
  ...folderZones,
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
    message: 'The gateway knows nothing of the doors that lead to it.',
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
    except: ['./texts'],
    message: 'main/ shows texts of the one catalogue and knows nothing else of the pages.',
  },
  { target: './main', from: './tests', message: 'Product code never imports test code.' },
];

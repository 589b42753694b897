import type { CallName } from './console-calls';
import type { ConsolePushName } from './console-pushes';
import type { ConsoleRole } from './roles';

/**
 * The least role that each call is answered to. A call without a line here does not compile, and is answered to nobody.
 * The gateway checks it in one place, before it looks at the input; the pages hide by it what they could not do.
 */
export const callRoles: Readonly<Record<CallName, ConsoleRole>> = {
  // What a reader is given of these is narrowed by console/narrow-answers.ts.
  'gateway.info': 'reader',
  'overview.get': 'reader',
  'tenants.list': 'reader',
  'tenants.get': 'reader',
  'whatsapp.list': 'reader',
  'history.list': 'reader',
  'history.count': 'reader',
  'history.get': 'reader',
  'history.eventTypes': 'reader',
  'history.export': 'reader',
  // Only those that the person started; an operator's are everybody's.
  'operations.list': 'reader',
  'operations.cancel': 'reader',
  // About oneself.
  'people.me': 'reader',
  'login.confirm': 'reader',
  'login.setPassword': 'reader',

  // The office number's are the operator's: console/whatsapp-handlers.ts.
  'whatsapp.connect': 'staff',
  'whatsapp.pairingCode': 'staff',
  'history.retry': 'staff',
  'history.resolve': 'staff',
  'history.retryChosen': 'staff',
  'history.cancelChosen': 'staff',
  'history.replay': 'staff',

  // Linking is the daily work, unlinking stops a tenant's messages.
  'whatsapp.logout': 'operator',
  'whatsapp.removeOffice': 'operator',
  'gateway.all': 'operator',
  'gateway.restart': 'operator',
  'logs.tail': 'operator',
  'logs.watch': 'operator',
  'diagnostics.create': 'operator',
  'audit.list': 'operator',
  'audit.export': 'operator',
  'tenants.add': 'operator',
  'tenants.rename': 'operator',
  'tenants.setPaused': 'operator',
  'tenants.setPausedMany': 'operator',
  'tenants.copySettings': 'operator',
  'tenants.remove': 'operator',
  'tenants.saveSettings': 'operator',
  'tenants.sendTest': 'operator',
  'newTenants.get': 'operator',
  'newTenants.save': 'operator',
  'keys.list': 'operator',
  'keys.create': 'operator',
  'keys.revoke': 'operator',
  'eventTypes.list': 'operator',
  'eventTypes.save': 'operator',
  'eventTypes.remove': 'operator',
  'eventTypes.recent': 'operator',
  'templates.preview': 'operator',
  'templates.save': 'operator',
  'templates.reset': 'operator',
  'settings.get': 'operator',
  'settings.check': 'operator',
  'settings.save': 'operator',
  'settings.allowOrigin': 'operator',
  'setup.rename': 'operator',
  'setup.checkPort': 'operator',
  'setup.checkDatabase': 'operator',
  'setup.sendTestMail': 'operator',
  'setup.snippets': 'operator',
  'setup.contact': 'operator',
  'setup.finish': 'operator',
  'backups.list': 'operator',
  'backups.create': 'operator',
  'backups.restore': 'operator',
  'backups.remove': 'operator',
  'backups.download': 'operator',
  'alerts.get': 'operator',
  'alerts.save': 'operator',
  'alerts.test': 'operator',
  'people.list': 'operator',
  'people.invite': 'operator',
  'people.makeLink': 'operator',
  'people.setRole': 'operator',
  'people.setDisabled': 'operator',
  'people.remove': 'operator',
  'desktop.state': 'operator',
  'desktop.startGateway': 'operator',
  'desktop.getPreferences': 'operator',
  'desktop.setPreferences': 'operator',
  'desktop.openLogsFolder': 'operator',
  'desktop.saveFile': 'operator',
  'desktop.importBackup': 'operator',
  'desktop.update': 'operator',
  'desktop.checkForUpdate': 'operator',
  'desktop.installUpdate': 'operator',
};

/** The least role that each push is told to. */
export const pushRoles: Readonly<Record<ConsolePushName, ConsoleRole>> = {
  'gateway.state': 'reader',
  'deliveries.changed': 'reader',
  'overview.changed': 'reader',
  // Without its codes below staff.
  'whatsapp.changed': 'reader',
  'tenants.changed': 'reader',
  // Of those that the person started.
  'operation.changed': 'reader',
  'session.ended': 'reader',
  'logs.lines': 'operator',
  'setup.contact': 'operator',
  'desktop.navigate': 'operator',
};

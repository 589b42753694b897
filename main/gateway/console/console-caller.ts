import type { ConsoleRole } from '../../contracts/console/roles';
import type { ConsolePerson } from '../auth/console-people';

/** Who sits at a window: what they are told, and what they may ask. */
export interface ConsoleViewer {
  /** one window or browser page; pushes that were asked for go there alone */
  readonly windowId: string;
  readonly role: ConsoleRole;
  /** undefined: the desktop's window, or whoever signed in by the console's own password or a link */
  readonly person?: ConsolePerson;
}

/** Who asks, for the audit log and for what is pushed. */
export interface ConsoleCaller extends ConsoleViewer {
  /** `console (ann)` */
  readonly actor: string;
}

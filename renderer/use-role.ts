import { callRoles } from '../main/contracts/console/call-roles';
import type { CallName, CallOutput } from '../main/contracts/console/console-calls';
import { reachesRole, type ConsoleRole } from '../main/contracts/console/roles';
import { useCall, useGateway } from './use-gateway';

/** Who is signed in here; undefined until that is known. At the desktop it is always the operator. */
export function useMe(): CallOutput<'people.me'> | undefined {
  const { entryPoint } = useGateway();
  const me = useCall('people.me', {}, { enabled: entryPoint === 'browser' });
  return entryPoint === 'browser' ? me.data : { id: null, name: null, role: 'operator' };
}

/** Whether who is signed in may ask that. What they may not is left out of the pages; the gateway refuses it anyway. */
export function useMay(name: CallName): boolean {
  const role: ConsoleRole | undefined = useMe()?.role;
  return reachesRole(role, callRoles[name]);
}

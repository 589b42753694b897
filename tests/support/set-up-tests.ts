import { findElectron } from '../electron/electron-runtime';
import { installTestPrograms } from './install-test-programs';
import { isCi } from './is-ci';

/** `npm run test:setup`: what the tests need beside npm's packages. CI fails without; elsewhere tests are skipped. */
const missing = installTestPrograms().map(({ packageName, neededFor }) => `${packageName} (${neededFor})`);
const { reason, runtime } = await findElectron();
if (reason !== undefined) missing.push(reason);
else console.log(`Electron for the tests: ${runtime.version}`);
if (missing.length > 0) {
  console.warn(`Missing, with all tests that need it: ${missing.join(', ')}`);
  if (isCi) process.exitCode = 1;
}

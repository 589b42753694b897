import { runDemo } from './run-demo';

/** `npm run demo`: everything seen working, without a phone or an account, until Ctrl-C. */
process.exitCode = await runDemo();

import desktop from './desktop.json';
import history from './history.json';
import login from './login.json';
import logs from './logs.json';
import overview from './overview.json';
import settings from './settings.json';
import setup from './setup.json';
import shell from './shell.json';
import tenants from './tenants.json';
import whatsapp from './whatsapp.json';

export default { desktop, history, login, logs, overview, settings, setup, shell, tenants, whatsapp };

import { readPageSettings } from './page-settings';
readPageSettings('x');

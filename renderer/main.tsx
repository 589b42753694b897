/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './console.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startTexts } from '../texts/texts';
import { App } from './app';
import { createGatewayClient } from './gateway-client';

const root = document.getElementById('root');
if (!root) throw new Error('the page has no place for the console');
const client = createGatewayClient();
await startTexts();
createRoot(root).render(
  <StrictMode>
    <App client={client} />
  </StrictMode>,
);

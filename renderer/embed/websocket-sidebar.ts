import { readPageSettings } from './page-settings';
import { createSidebar, type WebsocketSidebar } from './sidebar';

declare global {
  interface Window {
    websocketSidebar?: WebsocketSidebar;
  }
}

// A page that names the script twice has one sidebar.
window.websocketSidebar ??= createSidebar(readPageSettings('websocket-sidebar.js'));

import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import { bridgeChannels, type DesktopBridge } from '../main/contracts/console/bridge';
import type { ConsolePush } from '../main/contracts/console/console-pushes';

const bridge: DesktopBridge = {
  call: (name, input) => ipcRenderer.invoke(bridgeChannels.call, name, input),
  onPush(listener) {
    // The event carries Electron's own objects: the page gets the message alone.
    const forward = (_event: IpcRendererEvent, push: ConsolePush) => listener(push);
    ipcRenderer.on(bridgeChannels.push, forward);
    return () => void ipcRenderer.off(bridgeChannels.push, forward);
  },
};

contextBridge.exposeInMainWorld('modularGateway', bridge);

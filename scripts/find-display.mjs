import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { isAbsolute, join } from 'node:path';

const answerWithinMs = 2_000;
/** X servers that are reached by network listen there and above. */
const firstXPort = 6_000;

function answers(address) {
  return new Promise((resolve) => {
    const socket = connect(address);
    const end = (isThere) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(answerWithinMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** `:1` is a socket of this machine, `host:10.0` a port (ssh -X). */
async function hasXServer(display) {
  const parts = /^(?:unix|(.*))?:(\d+)(?:\.\d+)?$/.exec(display);
  if (!parts) return false;
  const [, host, number] = parts;
  if (host) return answers({ host, port: firstXPort + Number(number) });
  const path = `/tmp/.X11-unix/X${number}`;
  return (await answers({ path })) || answers({ path: `\0${path}` });
}

/**
 * Why no window can be shown here, as half a sentence; undefined where one can.
 * @returns {Promise<string | undefined>}
 */
export async function whyNoDisplay(env = process.env, platform = process.platform) {
  if (platform !== 'linux') return undefined;
  const { DISPLAY: display, WAYLAND_DISPLAY: wayland, XDG_RUNTIME_DIR: runtimeDir } = env;
  if (!display && !wayland) return 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)';
  if (wayland && existsSync(isAbsolute(wayland) ? wayland : join(runtimeDir ?? '/', wayland)))
    return undefined;
  if (display && (await hasXServer(display))) return undefined;
  return `nothing answers at the display ${display || wayland}`;
}

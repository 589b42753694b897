/**
 * What ends a program without a window in order. Windows has Ctrl-Break besides, and tells SIGHUP when its console is
 * closed, a few seconds before it ends the program; elsewhere SIGHUP is nohup's to decide.
 */
export function stopSignals(platform: NodeJS.Platform = process.platform): readonly NodeJS.Signals[] {
  return platform === 'win32' ? ['SIGTERM', 'SIGINT', 'SIGBREAK', 'SIGHUP'] : ['SIGTERM', 'SIGINT'];
}

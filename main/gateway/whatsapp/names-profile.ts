/**
 * Does this command line name the profile, and not one whose name only begins the same? Arguments with a blank in them
 * are quoted on Windows, whole or from the equals sign on, and capitals mean nothing there; Linux parts arguments by NUL.
 */
export function namesProfile(
  command: string,
  profile: string,
  platform: NodeJS.Platform = process.platform,
): boolean {
  const fold = (text: string) => (platform === 'win32' ? text.toLowerCase() : text);
  const [text, path] = [fold(command), fold(profile)];
  for (let at = text.indexOf(path); at !== -1; at = text.indexOf(path, at + 1)) {
    const isArgument = /--user-data-dir=["']?$/.test(text.slice(0, at));
    const end = text.charAt(at + path.length);
    if (isArgument && ['', ' ', '"', "'", '\0'].includes(end)) return true;
  }
  return false;
}

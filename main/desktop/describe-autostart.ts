/** As the Desktop Entry Specification wants a value of Exec: quoted, with its own signs escaped twice. */
function quoteArgument(text: string): string {
  return `"${text
    .replace(/["`$\\]/g, '\\$&')
    .replace(/\\/g, '\\\\')
    .replace(/%/g, '%%')}"`;
}

/** The file that makes a Linux desktop run this command at login. */
export function describeAutostart(command: readonly string[]): string {
  return `[Desktop Entry]
Type=Application
Name=Modular Gateway
Exec=${command.map(quoteArgument).join(' ')}
Terminal=false
X-GNOME-Autostart-enabled=true
`;
}

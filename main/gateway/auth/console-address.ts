/** Where the console of the gateway that started last is; kept in the system database. */
export const consoleUrlSetting = 'console_url';

/** The token stands behind the `#`: browsers send it to nobody, it is in no log of a proxy. */
export function buildSignInUrl(consoleUrl: string, token: string): string {
  return `${consoleUrl}#/login?token=${token}`;
}

/** Opens the page where somebody who was invited chooses a password. */
export function buildInvitationUrl(consoleUrl: string, token: string): string {
  return `${consoleUrl}#/invitation?token=${token}`;
}

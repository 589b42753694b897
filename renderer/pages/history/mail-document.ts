/** Nothing remote is loaded and no script runs, whatever a mail holds; links have nowhere to open. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:";

/**
 * A mail's HTML as the document of a sandboxed frame. What stands first decides: the mail cannot widen the policy,
 * and its links go to a new window, which the sandbox refuses.
 */
export function mailDocument(html: string): string {
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><base target="_blank">${html}`;
}

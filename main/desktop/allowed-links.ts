/** Pages that the console points people to; anything else stays closed. */
const hosts = ['web.whatsapp.com', 'faq.whatsapp.com', 'www.whatsapp.com'];
/** The gateway's own pages, such as its documentation. */
const ownHosts = ['localhost', '127.0.0.1'];

/** May the system's browser be sent there? */
export function isAllowedLink(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username } = new URL(address);
  if (username !== '') return false;
  if (protocol === 'https:' && hosts.includes(hostname)) return true;
  return (protocol === 'http:' || protocol === 'https:') && ownHosts.includes(hostname);
}

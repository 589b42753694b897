import { createTransport, type SendMailOptions } from 'nodemailer';
import type { WireMessage } from '../channel';

/** The mail as its server gets it (RFC 5322), headers unfolded. */
export async function buildMailSource(mail: SendMailOptions): Promise<WireMessage> {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  const { message } = await transport.sendMail(mail);
  const source = Buffer.isBuffer(message) ? message.toString() : '';
  const end = source.indexOf('\n\n');
  const head = end < 0 ? source : source.slice(0, end);
  const headers = head
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')
    .map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    });
  return { url: null, headers, body: end < 0 ? '' : source.slice(end + 2) };
}

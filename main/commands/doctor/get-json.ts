import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { errorText } from '../../gateway/errors';

const timeoutMs = 3_000;

/** @param ca trusted besides the known authorities, whatever name the certificate is for: it is this machine's */
export function getJson(address: string, ca: string | undefined): Promise<unknown> {
  const options = {
    signal: AbortSignal.timeout(timeoutMs),
    ca,
    checkServerIdentity: () => undefined,
    headers: { accept: 'application/json' },
  };
  return new Promise((resolve, reject) => {
    const request = (ca === undefined ? getPlain : getSecure)(address, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(text));
        } catch (thrown) {
          reject(thrown instanceof Error ? thrown : new Error(errorText(thrown)));
        }
      });
    });
    request.on('error', reject);
  });
}

import { describe, expect, it } from 'vitest';
import {
  createPinnedLookup,
  type HostAddress,
  type LookupHost,
  OutboundRefusedError,
  parseOutboundUrl,
} from '../../../main/gateway/channels/outbound/outbound-guard';

const guarded = { allowPrivate: false };
const open = { allowPrivate: true };
const publicAddress: HostAddress = { address: '93.184.215.14', family: 4 };
const publicAddress6: HostAddress = { address: '2606:2800:21f:cb07::1', family: 6 };
const privateAddress: HostAddress = { address: '10.0.0.5', family: 4 };

function answerWith(...addresses: HostAddress[]): LookupHost {
  return () => Promise.resolve(addresses);
}

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof OutboundRefusedError) return thrown.code;
    throw thrown;
  }
  return 'allowed';
}

async function refusalOfPromise(promise: Promise<unknown>): Promise<OutboundRefusedError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (thrown instanceof OutboundRefusedError) return thrown;
  throw new Error(`no refusal, but ${String(thrown)}`);
}

/** Calls a `net.connect` lookup as Node does. */
function callLookup(
  lookup: ReturnType<typeof createPinnedLookup>,
  options: { all?: boolean; family?: number },
  host = 'receiver.example',
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    lookup(host, options, (error, address, family) => {
      if (error === null) resolve(options.all === true ? address : { address, family });
      else reject(error);
    });
  });
}

describe('parseOutboundUrl', () => {
  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://0x7f.0x0.0x0.0x1/',
    'http://0x7f000001/',
    'http://127.1/',
    'http://127.0.0.1./',
    'http://①②⑦.⓪.⓪.①/',
    'http://0/',
    'http://[::1]/',
    'http://[::]/',
    'http://[0:0:0:0:0:ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::ffff:a00:5]:8080/hook',
    'https://169.254.169.254/latest/meta-data/',
    'http://[fd00::1]/',
  ])('refuses the private address in %s, and lets it pass where the tenant may', (url) => {
    expect(refusalOf(() => parseOutboundUrl(url, guarded))).toBe('private_address_refused');
    expect(refusalOf(() => parseOutboundUrl(url, open))).toBe('allowed');
  });

  it.each([
    ['ftp://example.com/file', 'url_scheme_refused'],
    ['file:///etc/passwd', 'url_scheme_refused'],
    ['javascript:alert(1)', 'url_scheme_refused'],
    ['data:text/plain,hi', 'url_scheme_refused'],
    ['example.com/hook', 'url_invalid'],
    ['', 'url_invalid'],
    ['http://', 'url_invalid'],
    ['http://[::1', 'url_invalid'],
    ['http://user:secret@example.com/', 'url_credentials_refused'],
    ['http://user@example.com/', 'url_credentials_refused'],
    ['http://example.com@127.0.0.1/', 'url_credentials_refused'],
  ])('refuses %s with %s even where private addresses are allowed', (url, code) => {
    expect(refusalOf(() => parseOutboundUrl(url, open))).toBe(code);
  });

  it('names the setting that would allow a private address', () => {
    expect(() => parseOutboundUrl('http://10.0.0.5/', guarded)).toThrow(/allow_private_urls/);
  });
});

describe('createPinnedLookup', () => {
  it('hands on only the allowed ones of mixed addresses', async () => {
    const lookup = createPinnedLookup(
      guarded,
      answerWith(privateAddress, publicAddress, { address: '::1', family: 6 }),
    );
    await expect(callLookup(lookup, { all: true })).resolves.toEqual([publicAddress]);
    await expect(callLookup(lookup, {})).resolves.toEqual(publicAddress);
  });

  it('keeps to the wanted family where there is a choice', async () => {
    const lookup = createPinnedLookup(guarded, answerWith(publicAddress, publicAddress6));
    await expect(callLookup(lookup, { family: 6 })).resolves.toEqual(publicAddress6);
    await expect(callLookup(lookup, { all: true, family: 4 })).resolves.toEqual([publicAddress]);
  });

  it('refuses when nothing allowed is left', async () => {
    const lookup = createPinnedLookup(guarded, answerWith(privateAddress, { address: '::1', family: 6 }));
    const refusal = await refusalOfPromise(callLookup(lookup, { all: true }));
    expect(refusal.code).toBe('private_address_refused');
    expect(refusal.message).toContain('receiver.example (10.0.0.5)');
    expect(refusal.httpStatus).toBe(422);
  });

  it('hands private addresses on where the tenant may', async () => {
    const lookup = createPinnedLookup(open, answerWith(privateAddress));
    await expect(callLookup(lookup, { all: true })).resolves.toEqual([privateAddress]);
  });

  it('says that a host is unknown', async () => {
    const lookup = createPinnedLookup(guarded, () =>
      Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })),
    );
    const refusal = await refusalOfPromise(callLookup(lookup, { all: true }));
    expect(refusal.code).toBe('host_unknown');
    expect(refusal.message).toBe('There is no host named receiver.example.');
  });

  it('resolves the real localhost and refuses it', async () => {
    const refusal = await refusalOfPromise(
      callLookup(createPinnedLookup(guarded), { all: true }, 'localhost'),
    );
    expect(refusal.code).toBe('private_address_refused');
  });

  it('asks once for connections that begin together, and again later', async () => {
    let asked = 0;
    const lookup = createPinnedLookup(guarded, () => {
      asked += 1;
      return Promise.resolve([publicAddress]);
    });
    await Promise.all([callLookup(lookup, { all: true }), callLookup(lookup, { all: true })]);
    expect(asked).toBe(1);
    await callLookup(lookup, { all: true });
    expect(asked).toBe(2);
  });
});

import { describe, expect, it } from 'vitest';
import { checkNames, checkNetwork } from '../../main/commands/doctor/check-network';

describe('the network, to doctor', () => {
  it('warns where other machines cannot get in', () => {
    for (const host of ['127.0.0.1', '::1', 'localhost']) {
      expect(checkNetwork({ host, port: 3001 })).toMatchObject({
        status: 'warn',
        message: expect.stringContaining('HOST=0.0.0.0') as string,
      });
    }
  });

  it('names the address to use', () => {
    expect(checkNetwork({ host: '192.168.1.20', port: 3001, tls: { kind: 'self' } })).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('https://192.168.1.20:3001') as string,
    });
  });

  it('says which name is not found, and asks for no address', async () => {
    const asked: string[] = [];
    const smtp = (host: string) => ({ host }) as Parameters<typeof checkNames>[0]['systemSmtp'];
    const find = (name: string) => {
      asked.push(name);
      return name === 'mail.example.com'
        ? Promise.resolve()
        : Promise.reject(
            Object.assign(new Error('none'), { code: name.startsWith('no') ? 'ENOTFOUND' : 'EAI_AGAIN' }),
          );
    };
    const check = async (host: string, sessionVerifyUrl?: string) =>
      checkNames({ systemSmtp: smtp(host), sessionVerifyUrl }, find);
    expect(await check('mail.example.com')).toEqual([
      { name: 'names', status: 'ok', message: 'mail.example.com is found.' },
    ]);
    expect(await check('nomail.example.com', 'https://php.example.com/verify.php')).toMatchObject([
      { status: 'fail', message: expect.stringContaining('There is no nomail.example.com') as string },
      { status: 'fail', message: expect.stringContaining('does not answer') as string },
    ]);
    for (const host of ['127.0.0.1', '::1', 'localhost']) expect(await check(host)).toEqual([]);
    expect(asked).toEqual(['mail.example.com', 'nomail.example.com', 'php.example.com']);
  });
});

import { expect, it } from 'vitest';
import { browserEnvironment } from '../../main/gateway/whatsapp/browser-environment';

it("hands a browser none of the gateway's secrets, and everything it runs by", () => {
  const secrets = { JWT_SECRET: 'a', DB_PASSWORD: 'b', SYSTEM_SMTP_PASS: 'c', GATEWAY_MASTER_KEY: 'd' };
  const kept = { HOME: '/home/office', DISPLAY: ':0', LANG: 'en_ZA.UTF-8' };
  expect(browserEnvironment({ ...secrets, ...kept })).toEqual(kept);
});

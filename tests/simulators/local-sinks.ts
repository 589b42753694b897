import { startMailCatcher } from './mail-catcher';
import { startWebhookReceiver } from './webhook-receiver';

/** `npm run sinks`: a mail server and a webhook receiver of one's own, which print what they get. */
const mailPort = 1025;
const webhookPort = 4010;

const catcher = await startMailCatcher({
  port: mailPort,
  onMail(mail) {
    const { subject, text } = mail.parsed;
    console.log(`\nMail to ${mail.to.join(', ')}: ${subject ?? '(no subject)'}\n${(text ?? '').trim()}`);
  },
});
const receiver = await startWebhookReceiver({
  port: webhookPort,
  onRequest(request) {
    const { headers } = request;
    console.log(
      `\nWebhook ${String(headers['webhook-id'])} signed ${String(headers['webhook-signature'])}\n${request.body.toString('utf8')}`,
    );
  },
});
console.log(
  `Mail server at 127.0.0.1:${mailPort}, webhook receiver at http://127.0.0.1:${webhookPort}/hook.`,
);
console.log('What they get is printed here. Ctrl-C ends them.');

async function stop(): Promise<void> {
  await Promise.all([catcher.stop(), receiver.stop()]);
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMessageSender } from '../../main/gateway/whatsapp/message-sender';
import {
  type ChatMessage,
  type OutgoingContent,
  TransportLostError,
  TransportTimeoutError,
} from '../../main/gateway/whatsapp/whatsapp-transport';

const chatId = '1@c.us';
const content: OutgoingContent = { kind: 'text', text: 'Hello' };
const message = (ack: number, fields: Partial<ChatMessage> = {}): ChatMessage => ({
  messageId: 'm1',
  chatId,
  isFromMe: true,
  ack,
  kind: 'chat',
  body: 'Hello',
  filename: undefined,
  at: new Date(),
  errorCode: undefined,
  ...fields,
});

/** A page that answers when the test says so. */
function openPage() {
  const gone = new AbortController();
  const answers: { resolve(found: ChatMessage | undefined): void; reject(thrown: Error): void }[] = [];
  const sender = createMessageSender({
    submit: () => new Promise((resolve, reject) => answers.push({ resolve, reject })),
    pageGone: () => gone.signal,
  });
  const stopping = new AbortController();
  const outcome = sender.send(chatId, content, { ackTimeoutMs: 5_000, abort: stopping.signal }).then(
    (sent) => sent,
    (thrown: unknown) => thrown,
  );
  return { sender, gone, stopping, outcome, page: answers[0]! };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('resolves with the page’s answer where that has the ack', async () => {
  const { page, outcome } = openPage();
  page.resolve(message(1));
  expect(await outcome).toEqual({ messageId: 'm1', ack: 1 });
});

it('resolves with the ack that comes after the page’s answer', async () => {
  const { sender, page, outcome } = openPage();
  page.resolve(message(0));
  await vi.advanceTimersByTimeAsync(4_999);
  expect(sender.noteAck('m1', 2)).toBe(true);
  expect(await outcome).toEqual({ messageId: 'm1', ack: 2 });
  // From here on it is a receipt.
  expect(sender.noteAck('m1', 3)).toBe(false);
});

it.each<[string, (page: ReturnType<typeof openPage>['page']) => void]>([
  ['answers nothing', (page) => page.resolve(undefined)],
  ['throws', (page) => page.reject(new Error('evaluation failed'))],
  ['does not answer in time', (page) => page.reject(new TransportTimeoutError('too late'))],
])('resolves with the ack where the page %s: the server has it', async (_what, answer) => {
  const { sender, page, outcome } = openPage();
  sender.noteCreated(message(0));
  sender.noteAck('m1', 1);
  answer(page);
  expect(await outcome).toEqual({ messageId: 'm1', ack: 1 });
});

it('is silent when the page took it and no ack comes in time', async () => {
  const { page, outcome } = openPage();
  page.resolve(message(0));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await outcome).toMatchObject({
    name: 'UnconfirmedError',
    message: '',
    detail: { messageId: 'm1', isRefused: false, isSilent: true },
  });
});

it('is refused by an ack below 0, with the code of the refusal', async () => {
  const { sender, page, outcome } = openPage();
  page.resolve(message(0, { errorCode: 463 }));
  await vi.advanceTimersByTimeAsync(0);
  sender.noteAck('m1', -1);
  expect(await outcome).toMatchObject({ detail: { isRefused: true, errorCode: 463, isSilent: false } });
});

describe('waits no longer for an ack', () => {
  it('when the page is gone, and calls nothing silent', async () => {
    const { gone, page, outcome } = openPage();
    page.resolve(message(0));
    await vi.advanceTimersByTimeAsync(0);
    gone.abort();
    expect(await outcome).toMatchObject({ detail: { messageId: 'm1', isSilent: false } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('when the gateway stops, and calls nothing silent', async () => {
    const { stopping, page, outcome } = openPage();
    page.resolve(message(0));
    await vi.advanceTimersByTimeAsync(0);
    stopping.abort();
    expect(await outcome).toMatchObject({ detail: { messageId: 'm1', isSilent: false } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('when the page never names the message', async () => {
    const { page, outcome } = openPage();
    page.resolve(undefined);
    expect(await outcome).toMatchObject({ detail: { messageId: undefined, isSilent: false } });
  });
});

it('keeps what the page threw, and the message it had shown before', async () => {
  const { sender, page, outcome } = openPage();
  sender.noteCreated(message(0));
  const lost = new TransportLostError('WhatsApp went away during a message.', true);
  page.reject(lost);
  expect(await outcome).toMatchObject({
    name: 'UnconfirmedError',
    message: 'WhatsApp went away during a message.',
    detail: { messageId: 'm1', isSilent: false },
    cause: lost,
  });
});

it('rejects as it is when the page was never asked: nothing has left', async () => {
  const { page, outcome } = openPage();
  const lost = new TransportLostError('WhatsApp was gone before a message.', false);
  page.reject(lost);
  expect(await outcome).toBe(lost);
});

it('knows nothing of messages that others wrote', () => {
  const { sender } = openPage();
  sender.noteCreated(message(0, { messageId: 'by hand', body: 'Good day' }));
  expect(sender.noteAck('by hand', 1)).toBe(false);
});

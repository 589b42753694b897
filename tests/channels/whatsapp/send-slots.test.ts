import { describe, expect, it } from 'vitest';
import { createSendSlots, type SendSlot } from '../../../main/gateway/channels/whatsapp/send-slots';

/** Names in the order they were admitted, or got what they waited for. */
function watch() {
  const admitted: string[] = [];
  const note = (name: string, waiting: Promise<void>) => void waiting.then(() => admitted.push(name));
  /** what was resolved so far has been noted */
  const settled = async () => {
    for (let tick = 0; tick < 5; tick += 1) await Promise.resolve();
    return admitted;
  };
  return { note, settled };
}

function enterAll(names: readonly string[], atOnce: number) {
  const slots = createSendSlots();
  const watched = watch();
  const places: { name: string; slot: SendSlot }[] = [];
  for (const name of names) {
    const slot = slots.enter('A', { recipient: name, atOnce });
    watched.note(name, slot.admitted);
    places.push({ name, slot });
  }
  const release = (name: string) => {
    const [place] = places.splice(
      places.findIndex((entry) => entry.name === name),
      1,
    );
    place?.slot.release();
  };
  return { slots, ...watched, release };
}

it('one at a time, in the order they came', async () => {
  const { settled, release, slots } = enterAll(['a', 'b', 'c'], 1);
  expect(await settled()).toEqual(['a']);
  release('a');
  expect(await settled()).toEqual(['a', 'b']);
  release('b');
  release('c');
  expect(slots.isBusy('A')).toBe(false);
});

it('one that gives up before it is admitted lets nobody past those who are before it', async () => {
  const { settled, release } = enterAll(['a', 'b', 'c'], 1);
  release('b');
  expect(await settled()).toEqual(['a']);
  release('a');
  expect(await settled()).toEqual(['a', 'c']);
});

it('two at a time, in the order they came', async () => {
  const { settled, release } = enterAll(['a', 'b', 'c', 'd'], 2);
  expect(await settled()).toEqual(['a', 'b']);
  release('b');
  expect(await settled()).toEqual(['a', 'b', 'c']);
  release('c');
  expect(await settled()).toEqual(['a', 'b', 'c', 'd']);
});

it('of two to the same recipient the second waits for the first, and those behind it for both', async () => {
  const { settled, release } = enterAll(['a', 'a', 'b'], 2);
  expect(await settled()).toEqual(['a']);
  release('a');
  expect(await settled()).toEqual(['a', 'a', 'b']);
});

it('one that must be alone waits until it is', async () => {
  const { settled, release, slots, note } = enterAll(['a', 'b'], 2);
  const alone = slots.enter('A', { recipient: 'alone', atOnce: 1 });
  note('alone', alone.admitted);
  release('a');
  expect(await settled()).toEqual(['a', 'b']);
  release('b');
  expect(await settled()).toEqual(['a', 'b', 'alone']);
});

describe('locks', () => {
  /** Three messages of a tenant, to three recipients, all admitted. */
  function enterThree() {
    const slots = createSendSlots();
    const [first, second, third] = ['a', 'b', 'c'].map((recipient) =>
      slots.enter('A', { recipient, atOnce: 3 }),
    ) as [SendSlot, SendSlot, SendSlot];
    return { slots, first, second, third, ...watch() };
  }

  it.each<[string, (slot: SendSlot) => Promise<void>]>([
    ['new contacts', (slot) => slot.acquireNewContacts()],
    ['files', (slot) => slot.acquireFiles()],
    ['a chat', (slot) => slot.acquireChat('1@c.us')],
  ])('%s: held by one at a time, in the order they asked, until it is released', async (_what, acquire) => {
    const { first, second, third, note, settled } = enterThree();
    note('first', acquire(first));
    note('second', acquire(second));
    note('third', acquire(third));
    expect(await settled()).toEqual(['first']);
    first.release();
    expect(await settled()).toEqual(['first', 'second']);
    second.release();
    expect(await settled()).toEqual(['first', 'second', 'third']);
  });

  it('of one kind, of one chat and of one tenant keep nobody else back', async () => {
    const { slots, first, second, third, note, settled } = enterThree();
    note('files', first.acquireFiles());
    note('new contacts', second.acquireNewContacts());
    note('a chat', second.acquireChat('1@c.us'));
    note('another chat', third.acquireChat('2@c.us'));
    note('of another tenant', slots.enter('B', { recipient: 'a', atOnce: 1 }).acquireFiles());
    expect((await settled()).sort()).toEqual([
      'a chat',
      'another chat',
      'files',
      'new contacts',
      'of another tenant',
    ]);
  });

  it('of one that gives up before it has them go to the next', async () => {
    const { first, second, third, note, settled } = enterThree();
    note('first', first.acquireFiles());
    note('second', second.acquireFiles());
    second.release();
    first.release();
    note('third', third.acquireFiles());
    expect(await settled()).toContain('third');
  });
});

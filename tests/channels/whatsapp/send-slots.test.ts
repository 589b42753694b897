import { expect, it } from 'vitest';
import { createSendSlots, type Turn } from '../../../main/gateway/channels/whatsapp/send-slots';

/** Names in the order their turns came, or what they waited for. */
function watch() {
  const come: string[] = [];
  const note = (name: string, waiting: Promise<void>) => void waiting.then(() => come.push(name));
  /** what was resolved so far has been noted */
  const settled = async () => {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    return come;
  };
  return { note, settled };
}

function enterAll(names: readonly string[], atOnce: number) {
  const turns = createSendSlots();
  const watched = watch();
  const places: { name: string; turn: Turn }[] = [];
  for (const name of names) {
    const turn = turns.enter('A', { recipient: name, atOnce });
    watched.note(name, turn.come);
    places.push({ name, turn });
  }
  const leave = (name: string) => {
    const [place] = places.splice(
      places.findIndex((entry) => entry.name === name),
      1,
    );
    place?.turn.leave();
  };
  return { turns, ...watched, leave };
}

it('one at a time, in the order they came', async () => {
  const { settled, leave, turns } = enterAll(['a', 'b', 'c'], 1);
  expect(await settled()).toEqual(['a']);
  leave('a');
  expect(await settled()).toEqual(['a', 'b']);
  leave('b');
  leave('c');
  expect(turns.isBusy('A')).toBe(false);
});

it('one that gives up before its turn lets nobody past those who are before it', async () => {
  const { settled, leave } = enterAll(['a', 'b', 'c'], 1);
  leave('b');
  expect(await settled()).toEqual(['a']);
  leave('a');
  expect(await settled()).toEqual(['a', 'c']);
});

it('two at a time, in the order they came', async () => {
  const { settled, leave } = enterAll(['a', 'b', 'c', 'd'], 2);
  expect(await settled()).toEqual(['a', 'b']);
  leave('b');
  expect(await settled()).toEqual(['a', 'b', 'c']);
  leave('c');
  expect(await settled()).toEqual(['a', 'b', 'c', 'd']);
});

it('of two to the same recipient the second waits for the first, and those behind it for both', async () => {
  const { settled, leave } = enterAll(['a', 'a', 'b'], 2);
  expect(await settled()).toEqual(['a']);
  leave('a');
  expect(await settled()).toEqual(['a', 'a', 'b']);
});

it('one that must be alone waits until it is', async () => {
  const { settled, leave, turns, note } = enterAll(['a', 'b'], 2);
  const alone = turns.enter('A', { recipient: 'alone', atOnce: 1 });
  note('alone', alone.come);
  leave('a');
  expect(await settled()).toEqual(['a', 'b']);
  leave('b');
  expect(await settled()).toEqual(['a', 'b', 'alone']);
});

it('what one has taken the next gets when it leaves, and nobody else waits for it', async () => {
  const turns = createSendSlots();
  const { note, settled } = watch();
  const [first, second, third] = ['a', 'b', 'c'].map((recipient) =>
    turns.enter('A', { recipient, atOnce: 3 }),
  );
  note('first', first!.take('files'));
  note('second', second!.take('files'));
  note('third', third!.take('a chat'));
  note('of another tenant', turns.enter('B', { recipient: 'a', atOnce: 1 }).take('files'));
  expect((await settled()).sort()).toEqual(['first', 'of another tenant', 'third']);
  first!.leave();
  expect(await settled()).toContain('second');
});

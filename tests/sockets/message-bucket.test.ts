import { beforeEach, expect, test } from 'vitest';
import { createConnectionList } from '../../main/gateway/sockets/connection-list';
import { createMessageBucket, type MessageRefusal } from '../../main/gateway/sockets/message-bucket';

let clockMs = 0;
let perMinute = 60;
let take: () => MessageRefusal | undefined;

beforeEach(() => {
  clockMs = 0;
  perMinute = 60;
  take = createMessageBucket(
    () => perMinute,
    () => clockMs,
  );
});

function takeMany(count: number): (MessageRefusal | undefined)[] {
  return Array.from({ length: count }, () => take());
}

test('lets through a minute’s messages at once, and then says when the next may come', () => {
  expect(takeMany(60)).toEqual(Array<undefined>(60).fill(undefined));
  expect(take()).toEqual({ retryAfterSeconds: 1, refusals: 1, isFlood: false });
});

test('fills up again by and by', () => {
  takeMany(60);
  clockMs += 999;
  expect(take()).toBeDefined();
  clockMs += 2;
  expect(take()).toBeUndefined();
  expect(take()).toBeDefined();
  clockMs += 10_000;
  expect(takeMany(10).filter(Boolean)).toEqual([]);
  expect(take()).toBeDefined();
});

test('holds a minute’s messages at most, however long nothing came', () => {
  clockMs += 3_600_000;
  expect(takeMany(61).filter(Boolean)).toHaveLength(1);
});

test('asks for more patience the more was refused', () => {
  perMinute = 6;
  take = createMessageBucket(
    () => perMinute,
    () => clockMs,
  );
  takeMany(6);
  expect(takeMany(3).map((refusal) => refusal?.retryAfterSeconds)).toEqual([10, 20, 30]);
});

test('calls a client that never slows down a flood', () => {
  takeMany(60);
  const refusals = takeMany(500);
  expect(refusals[498]).toMatchObject({ refusals: 499, isFlood: false });
  expect(refusals[499]).toMatchObject({ refusals: 500, isFlood: true });
});

test('forgives nothing for the little that trickles back meanwhile', () => {
  takeMany(60);
  takeMany(499);
  clockMs += 1_000;
  expect(take()).toBeUndefined();
  expect(take()).toMatchObject({ refusals: 500, isFlood: true });
});

test('forgets the refusals after a pause', () => {
  takeMany(60);
  takeMany(499);
  clockMs += 40_000;
  expect(take()).toBeUndefined();
  takeMany(39);
  expect(take()).toMatchObject({ refusals: 1, isFlood: false });
});

test('follows a limit that is changed while it runs', () => {
  takeMany(10);
  perMinute = 20;
  expect(takeMany(21).filter(Boolean)).toHaveLength(1);
});

test('connections are listed and counted by customer, until they are gone', () => {
  const list = createConnectionList();
  const connect = (socketId: string, customerId: string) => {
    const connection = { socketId, customerId, userId: null, address: '10.0.0.1', connectedAt: new Date(0) };
    list.add(connection);
    return connection;
  };
  const a1 = connect('a1', 'A');
  const a2 = connect('a2', 'A');
  const b1 = connect('b1', 'B');
  expect(list.list()).toEqual([a1, a2, b1]);
  expect(list.list('A')).toEqual([a1, a2]);
  expect([list.count(), list.count('A'), list.count('B'), list.count('C')]).toEqual([3, 2, 1, 0]);
  expect(list.remove('a1')).toBe(a1);
  // Told twice of one disconnection.
  expect(list.remove('a1')).toBeUndefined();
  expect([list.count(), list.count('A')]).toEqual([2, 1]);
  list.remove('a2');
  expect([list.count('A'), list.list('A')]).toEqual([0, []]);
});

/** Each file of test/corpus is a byte stream that no client may believe: a typed error, a new connection, the right replica. */
import { readFile, readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MessageSplitter } from '../src/json/splitter.ts';
import { openDatabase } from '../src/node/index.ts';
import { startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { startProxy } from './support/proxy.ts';
import type { Proxy } from './support/proxy.ts';

const CORPUS = new URL('corpus/', import.meta.url);
const files = (await readdir(CORPUS)).toSorted();
let server: TestServer;
let proxy: Proxy;

beforeAll(async () => {
  server = await startTestServer();
  proxy = await startProxy(server.remote);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await server.stop();
});

/** What a splitter says to the stream when it comes in pieces of `size` bytes: the messages before the first error, and the error. */
function split(bytes: Uint8Array, size: number): readonly unknown[] {
  const splitter = new MessageSplitter({ maxMessageBytes: 100_000, maxDepth: 100 });
  const out: unknown[] = [];
  try {
    for (let at = 0; at < bytes.length; at += size) {
      splitter.push(bytes.subarray(at, at + size), (message) => out.push(Buffer.from(message.bytes).toString('latin1')));
    }
  } catch (error) {
    out.push(error);
  }
  return out;
}

test.for(files)('%s gives the same messages and the same error in pieces of any size', async (name) => {
  const bytes = await readFile(new URL(name, CORPUS));
  const byteByByte = split(bytes, 1);
  for (const size of [2, 3, 7, 16, 41, bytes.length]) expect(split(bytes, size)).toEqual(byteByByte);
});

test.for(files)('%s is refused, and the replica is right afterwards', async (name) => {
  const stream = await readFile(new URL(name, CORPUS));
  proxy.behaviour = {};
  await using client = openDatabase({ remotes: [proxy.remote], database: 'OVN_Northbound', tables: { Logical_Switch: true } });
  await client.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
  const codes: string[] = [];
  client.onProblem((problem) => codes.push(problem.code));
  let isFirst = true;
  proxy.behaviour.replace = (text) => {
    if (!isFirst || !text.includes('update3')) return undefined;
    isFirst = false;
    return stream;
  };
  await using writer = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables: { Logical_Switch: true } });
  await writer.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
  await writer.transact([{ op: 'insert', table: 'Logical_Switch', row: { name } }]);
  const names = (): ReadonlySet<unknown> => new Set([...client.replica.rows('Logical_Switch')].map((row) => row['name']));
  await client.replica.waitFor(() => names().has(name), 30_000);
  await writer.replica.waitFor((replica) => [...replica.rows('Logical_Switch')].some((row) => row['name'] === name), 30_000);
  expect(codes).toEqual(['OVSDB_BAD_MESSAGE']);
  expect(names()).toEqual(new Set([...writer.replica.rows('Logical_Switch')].map((row) => row['name'])));
  expect(client.replica.count('Logical_Switch')).toBe(writer.replica.count('Logical_Switch'));
});

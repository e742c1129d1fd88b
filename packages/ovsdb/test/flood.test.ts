/** What a peer can make a client keep is bounded: each flood comes to a process of its own whose heap is far smaller than the flood. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const child = fileURLToPath(new URL('support/flood-child.ts', import.meta.url));
const MAX_MESSAGE_BYTES = 2 << 20;

/** Rejects when the process dies for want of memory. */
async function flood(name: string): Promise<unknown> {
  const args = ['--max-old-space-size=48', '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning', child, name];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

test('many small messages in one chunk are handed over one by one', async () => {
  const { messages, ended } = (await flood('many small messages in one chunk')) as { readonly messages: number; readonly ended?: string };
  expect([messages, ended]).toEqual([1_800_000, undefined]);
});

test.for([
  ['an endless message', 65_536],
  ['an endless message, byte by byte', 1],
] as const)('%s is refused as soon as it exceeds the limit', async ([name, chunkBytes]) => {
  const { bytes, ...rest } = (await flood(name)) as { readonly bytes: number };
  expect(rest).toEqual({ messages: 0, ended: 'OVSDB_MESSAGE_TOO_LARGE' });
  expect(bytes).toBeGreaterThan(MAX_MESSAGE_BYTES);
  expect(bytes).toBeLessThanOrEqual(MAX_MESSAGE_BYTES + chunkBytes);
});

/** What a replica's rows are made of, counted in a snapshot of the heap of a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const child = fileURLToPath(new URL('support/heap-child.ts', import.meta.url));

async function countsOf(rows: number): Promise<{ readonly repeated: number; readonly closures: number }> {
  const args = ['--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning', child, String(rows)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as { repeated: number; closures: number };
}

test('equal strings of different rows are one object, and rows bring no closures', async () => {
  const few = await countsOf(100);
  const many = await countsOf(3000);
  // Some are the program's own. Without a pool there would be two more for each row.
  expect(few.repeated).toBeLessThan(10);
  expect(many).toEqual(few);
});

/** Names for labs of tests: of this process alone, so that several runs on a machine do not meet. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { STATE_ROOT } from '../src/infra/layout.ts';
import { readManifest } from '../src/infra/manifest.ts';
import { isAlive } from '../src/infra/proc.ts';
import { tearDown } from '../src/infra/teardown.ts';

/** @param prefix one to three letters; labs of one test file need different ones */
export function testLabName(prefix: 'ti' | 'tr' | 'tk' | 't6' | 'ta' | 'tc' | 'tl' | 'tg' | 'th' | 'td'): string {
  return `${prefix}${process.pid.toString(36)}`;
}

/** Remove labs of tests that were killed before they could clean up. */
export async function sweepDeadLabs(): Promise<void> {
  if (!existsSync(STATE_ROOT)) return;
  for (const name of readdirSync(STATE_ROOT).filter((candidate) => /^t[6airkclghd][0-9a-z]+$/.test(candidate))) {
    const dir = join(STATE_ROOT, name);
    const supervisor = readManifest(join(dir, 'manifest.jsonl')).find((entry) => entry.kind === 'supervisor');
    if (supervisor?.kind === 'supervisor' && !isAlive(supervisor)) await tearDown({ name, dir });
  }
}

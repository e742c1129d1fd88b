/** `down`: end the supervisor, then remove whatever is still there. */
import { join } from 'node:path';
import { STATE_ROOT } from '../infra/layout.ts';
import { supervisorOf } from '../infra/infra.ts';
import { tearDown } from '../infra/teardown.ts';
import { pause } from '../infra/wait.ts';
import type { Print } from './progress.ts';

const GRACE_MS = 20_000;

/** @returns exit code 0; leftovers are an error */
export async function down(name: string, print: Print): Promise<number> {
  const dir = join(STATE_ROOT, name);
  const place = { name, dir };
  const manifest = join(dir, 'manifest.jsonl');
  const pid = supervisorOf({ manifest });
  if (pid !== undefined) {
    print(`asking the supervisor (pid ${pid}) to take lab ${name} down`);
    process.kill(pid, 'SIGTERM');
    const deadline = Date.now() + GRACE_MS;
    // Its manifest goes with the rest of the lab, and with it the answer to whose supervisor it is.
    while (supervisorOf({ manifest }) === pid && Date.now() < deadline) await pause(50);
    if (supervisorOf({ manifest }) === pid) process.kill(pid, 'SIGKILL');
  }
  const hadMore = await tearDown(place, { progress: print });
  print(pid === undefined && !hadMore ? `there is no lab ${name}` : `lab ${name}: nothing is left`);
  return 0;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { nextLevel } from '../src/index.ts';

it('a level leads to debug, to trace, and back to what was configured', () => {
  expect(nextLevel('info', 'info')).toBe('debug');
  expect(nextLevel('debug', 'info')).toBe('trace');
  expect(nextLevel('trace', 'info')).toBe('info');
  expect(nextLevel('silent', 'silent')).toBe('debug');
  expect(nextLevel('trace', 'debug')).toBe('debug');
});

/** A program that logs a line of each level when it is asked to. */
const PROGRAM = `
  import { changeLevelOnSignal, createLog } from '@kube-ovn/telemetry';
  const log = createLog({ name: 'example', level: 'warn', base: { node: 'node1' } });
  changeLevelOnSignal(log);
  process.stdin.on('data', () => {
    for (const level of ['trace', 'debug', 'info', 'warn']) log[level]({ err: Object.assign(new Error('away'), { code: 'GONE' }) }, level);
    log.warn('asked');
  });
  log.warn('started');
`;

it('SIGUSR2 changes what a running program logs, and each change is told', async () => {
  const child = spawn(process.execPath, ['--conditions=@kube-ovn/source', '--input-type=module-typescript', '--eval', PROGRAM], {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  type Line = { readonly msg: string; readonly name: string; readonly node: string; readonly time: string; readonly err?: object };
  const until = async (last: string): Promise<readonly Line[]> => {
    const read: Line[] = [];
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`ended after ${JSON.stringify(read)}`);
      read.push(JSON.parse(value) as Line);
      if (read.at(-1)?.msg === last) return read;
    }
  };
  const logged = async (): Promise<readonly string[]> => {
    child.stdin.write('\n');
    return (await until('asked')).map(({ msg }) => msg).filter((msg) => ['trace', 'debug', 'info', 'warn'].includes(msg));
  };
  try {
    const [started] = await until('started');
    expect(started).toMatchObject({ name: 'example', node: 'node1', time: expect.stringMatching(/^\d{4}-.*Z$/) as string });
    expect(await logged()).toEqual(['warn']);
    child.kill('SIGUSR2');
    await until('log level is now debug');
    expect(await logged()).toEqual(['debug', 'info', 'warn']);
    child.kill('SIGUSR2');
    await until('log level is now trace');
    child.stdin.write('\n');
    expect((await until('asked'))[0]).toMatchObject({ msg: 'trace', err: { code: 'GONE', message: 'away' } });
    child.kill('SIGUSR2');
    await until('log level is now warn');
    expect(await logged()).toEqual(['warn']);
  } finally {
    child.kill();
    await once(child, 'exit');
  }
});

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { inNetns } from './index.ts';
import { scratch } from './testing/scratch.ts';

test('README: the example runs as printed', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const path = `/run/netns/ko-host-${randomBytes(3).toString('hex')}`;
  const example = (/```ts\n(.+?)```/s.exec(readme)?.[1] ?? '').replace('/run/netns/shop-web-0', path);
  const report = 'console.log(JSON.stringify([(await node.link("web0_h"))?.kind, (await inside.addresses("eth0")).map(a => a.prefix)]))';
  // the example's "namespace of this process" must not be the machine's own
  using made = scratch();
  const ran = inNetns(made.netns('node'), () =>
    spawnSync(process.execPath, ['--conditions=@kube-ovn/source', '--input-type=module-typescript', '-'], {
      input: example.replace('deleteNetns(pod.path)', `${report}\ndeleteNetns(pod.path)`),
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
      timeout: 20_000,
    }),
  );
  expect(ran.stderr).toBe('');
  expect(JSON.parse(ran.stdout)).toEqual(['veth', expect.arrayContaining(['10.16.0.2/16'])]);
  expect(existsSync(path)).toBe(false);
});

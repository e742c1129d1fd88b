import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forgetConnections } from './conntrack.ts';
import { createNetns, deleteNetns } from './netns/named.ts';
import { inNetns, type Netns } from './netns/netns.ts';

const PROGRAM = 'conntrack';
let ns: Netns;
beforeEach(() => {
  ns = createNetns(`/run/netns/ko-h-ct-${randomBytes(3).toString('hex')}`);
});
afterEach(() => {
  ns[Symbol.dispose]();
  deleteNetns(ns.path);
});

const conntrack = (...args: readonly string[]): string =>
  inNetns(ns, () => execFileSync(PROGRAM, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
/** A connection to an address of a service, which a backend answers. */
const connected = (protocol: string, { client, service, backend }: Readonly<Record<string, string>>): void => {
  const state = protocol === 'tcp' ? ['--state', 'ESTABLISHED'] : [];
  const ports = ['--sport', '4000', '--dport', '80', '--reply-port-src', '8080', '--reply-port-dst', '4000'];
  const addresses = ['-s', client ?? '', '-d', service ?? '', '--reply-src', backend ?? '', '--reply-dst', client ?? ''];
  conntrack('-I', '-p', protocol, '-t', '60', ...addresses, ...ports, ...state);
};
const listed = (family: 4 | 6): readonly string[] =>
  conntrack('-L', '-f', `ipv${family}`)
    .split('\n')
    .flatMap((line) => /^(\w+).* src=(\S+) dst=\S+ sport=8080/.exec(line)?.slice(1).join(' ') ?? []);

test.for([4, 6] as const)('IPv%i: connections that one backend answers are forgotten, those of others are not', async (family) => {
  const of = (last: string): string => (family === 4 ? `10.0.0.${last}` : `fd00::${last}`);
  for (const protocol of ['tcp', 'udp']) {
    connected(protocol, { client: of('1'), service: of('9'), backend: of('5') });
    connected(protocol, { client: of('2'), service: of('9'), backend: of('6') });
  }
  expect(listed(family)).toHaveLength(4);
  const gone = { protocol: 'udp', family, address: of('5'), port: 8080 } as const;
  await forgetConnections(gone, ns);
  expect(listed(family).toSorted()).toEqual([`tcp ${of('5')}`, `tcp ${of('6')}`, `udp ${of('6')}`]);
  await forgetConnections(gone, ns); // none any more
  await forgetConnections({ ...gone, protocol: 'tcp' }, ns);
  expect(listed(family).toSorted()).toEqual([`tcp ${of('6')}`, `udp ${of('6')}`]);
});

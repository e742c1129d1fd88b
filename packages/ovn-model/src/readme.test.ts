import { readFileSync } from 'node:fs';
import { wantedRow } from '@kube-ovn/ovsdb';
import { expect, it } from 'vitest';
import { addressSet, and, eq, inRange, printMatch, symbol, tables } from './index.ts';

it('README: the example does what it says', () => {
  const match = printMatch(and(eq('ip4.src', addressSet('shop.ip4')), symbol('tcp'), inRange('tcp.dst', 80, 90)));
  expect(match).toBe('ip4.src == $shop.ip4 && tcp && 80 <= tcp.dst <= 90');
  const acl = wantedRow(tables.acl, 'web/ingress/0', { priority: 2001, direction: 'to-lport', action: 'allow-related', match });
  expect(acl).toMatchObject({ table: 'ACL', key: 'web/ingress/0', columns: { match } });

  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const own = readFileSync(new URL(import.meta.url), 'utf8');
  const statements =
    /```ts\n([\s\S]*?)```/
      .exec(readme)?.[1]
      ?.split('\n')
      .filter((line) => line.startsWith('const')) ?? [];
  expect(statements).toHaveLength(2);
  for (const statement of statements) expect(own).toContain(statement);
});

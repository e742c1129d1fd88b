import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { objectOfOwner, type OwnerWorld } from './owners.ts';

/** A world that has every object that is asked for; each is known by its table and key. */
const world = {
  sources: new Proxy(
    {},
    { get: (_target, table) => ({ table: { peek: (key: string) => ({ metadata: { name: `${String(table)} ${key}` } }) } }) },
  ),
  interfaces: { peek: (port: string) => (port === 'web-0.shop' ? { pod: 'shop/web-0' } : undefined) },
} as unknown as OwnerWorld;
const found = (owner: string): string | undefined => (objectOfOwner(world, owner) as KubeObject | undefined)?.metadata.name;

const features = join(import.meta.dirname, 'features');
/** What the features call their owners. */
const prefixes = readdirSync(features, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .flatMap((file) =>
    [...readFileSync(join(features, file), 'utf8').matchAll(/fragmentTable\('([^']+)'/g)].map(([, prefix = '']) => prefix),
  );

describe('objectOfOwner', () => {
  it('the features own something', () => {
    expect(prefixes.length).toBeGreaterThan(15);
  });

  it.each(prefixes)('%s/... is found', (prefix) => {
    expect(found(`${prefix}/web-0.shop`)).toBeDefined();
  });

  it.each([
    ['gateway/pod/web-0.shop', 'pods shop/web-0'],
    ['service/shop/web', 'services shop/web'],
    ['services/net', 'subnets net'],
    ['central-gateway/subnet/net', 'subnets net'],
    ['policy/NetworkPolicy/shop/web', 'networkPolicies shop/web'],
    ['policy/SecurityGroup/web/ingress/0', 'securityGroups web'],
    ['policy/Subnet/net/from', 'subnets net'],
    ['policy/Unheard/of', undefined],
    ['central-gateway', undefined],
  ])('%s', (owner, object) => {
    expect(found(owner)).toBe(object);
  });
});

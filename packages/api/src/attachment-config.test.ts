import { describe, expect, test } from 'vitest';
import { readAttachmentConfig } from './attachment-config.ts';

const definition = (config?: string) => ({ metadata: { name: 'net1', namespace: 'shop' }, spec: config === undefined ? {} : { config } });

describe('readAttachmentConfig', () => {
  test.each([
    ['{"type":"kube-ovn","provider":"net1.shop.ovn"}', 'interface', 'net1.shop.ovn'],
    ['{"type":"kube-ovn"}', 'interface', 'net1.shop.ovn'],
    ['{"cniVersion":"1.0.0","plugins":[{"type":"kube-ovn"},{"type":"portmap"}]}', 'interface', 'net1.shop.ovn'],
    ['{"type":"macvlan","master":"eth0","ipam":{"type":"kube-ovn","provider":"macvlan.default"}}', 'addresses', 'macvlan.default'],
    ['{"plugins":[{"type":"macvlan","ipam":{"type":"kube-ovn"}},{"type":"tuning"}]}', 'addresses', 'net1.shop'],
    ['{"type":"macvlan","ipam":{"type":"host-local"}}', 'none', ''],
    ['{"type":"bridge"}', 'none', ''],
    [' ', 'none', ''],
    [undefined, 'none', ''],
  ])('%s is %s with provider %j', (config, role, provider) => {
    expect(readAttachmentConfig(definition(config))).toEqual({ ok: true, value: { role, provider } });
  });

  test.each(['{', '[]', '"x"', '{}', '{"plugins":[]}', '{"plugins":[{}]}', '{"plugins":{}}', `{"type":"x","y":"${'z'.repeat(70_000)}"}`])(
    '%.40s is refused',
    (config) => {
      expect(readAttachmentConfig(definition(config))).toMatchObject({
        ok: false,
        problem: { code: 'API_BAD_FIELD', object: 'NetworkAttachmentDefinition shop/net1', field: 'spec.config' },
      });
    },
  );
});

import { describe, expect, it } from 'vitest';
import { aclName, gatewayPortGroupName, groupName, maxAclNameLength, portGroupAddressSet, templateVariable } from './names.ts';

describe('names', () => {
  it('groupName: a Kubernetes name becomes an identifier of a match', () => {
    expect(groupName('allow-web', 'shop-eu')).toBe('allow.web.shop.eu');
    expect(groupName('10-net')).toBe('_10.net');
    expect(gatewayPortGroupName('node-1.example')).toMatch(/^[a-zA-Z_.][a-zA-Z_.0-9]*$/);
  });
  it('portGroupAddressSet: the set that OVN derives', () => {
    expect(portGroupAddressSet('web', 4)).toBe('web_ip4');
    expect(portGroupAddressSet('web', 6)).toBe('web_ip6');
  });
  it('templateVariable: other parts, other names, whatever is in them', () => {
    const names = [
      ['shop/my-web', 'tcp', '80', 'fd00::a'],
      ['shop/my-web', 'tcp', '80', 'fd00::a:1'],
      ['shop-my/web', 'tcp', '80', 'fd00::a'],
    ].map((parts) => templateVariable(...parts));
    expect(names[0]).toBe('svc.shop.my_web.tcp.80.fd00__a');
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^[a-zA-Z_.][a-zA-Z_.0-9]*$/);
  });
  it('aclName: never longer than the column takes', () => {
    const long = 'np/'.padEnd(100, 'x');
    expect(aclName(long)).toHaveLength(maxAclNameLength);
    expect(aclName(long).endsWith('...')).toBe(true);
    expect(aclName('short')).toBe('short');
  });
});

import { describe, expect, it } from 'vitest';
import { parseNetworks } from './networks.ts';

describe('parseNetworks', () => {
  it.each([
    [undefined, []],
    [' ', []],
    ['blue', [{ name: 'blue', namespace: 'shop', interface: 'net1' }]],
    [
      'blue, infra/red@data0',
      [
        { name: 'blue', namespace: 'shop', interface: 'net1' },
        { name: 'red', namespace: 'infra', interface: 'data0' },
      ],
    ],
    [
      '[{"name":"blue","ips":["10.1.0.9/24"],"mac":"0a:00:00:00:00:09"},{"name":"red","namespace":"infra","interface":"data0"}]',
      [
        { name: 'blue', namespace: 'shop', interface: 'net1', ips: ['10.1.0.9/24'], mac: '0a:00:00:00:00:09' },
        { name: 'red', namespace: 'infra', interface: 'data0' },
      ],
    ],
  ])('%s', (text, wanted) => expect(parseNetworks(text, 'shop')).toEqual(wanted));

  it.each([
    ['a/b/c', /"a\/b\/c": want <namespace>/],
    ['@eth1', /"@eth1"/],
    ['Blue', /"Blue": want the name/],
    ['blue@eth0', /eth0 is the cluster network's/],
    ['blue@x1,red@x1', /interface names must differ/],
    ['blue@waytoolonginterface', /at most 15/],
    ['[{]', /not JSON/],
    ['[{"namespace":"x"}]', /an object with a name/],
    ['[1]', /an object with a name/],
  ])('%s is refused, naming annotation and element', (text, message) => {
    expect(() => parseNetworks(text, 'shop')).toThrow(message);
    expect(() => parseNetworks(text, 'shop')).toThrow('k8s.v1.cni.cncf.io/networks');
  });
});

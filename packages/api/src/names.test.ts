import { expect, test } from 'vitest';
import { attachmentProvider, isOvnProvider, nodePortName, portName } from './names.ts';

test.each([
  [{ pod: 'web-0', namespace: 'shop' }, 'web-0.shop'],
  [{ pod: 'web-0', namespace: 'shop', provider: 'ovn' }, 'web-0.shop'],
  [{ pod: 'web-0', namespace: 'shop', provider: 'net1.default.ovn' }, 'web-0.shop.net1.default.ovn'],
  [{ pod: 'web-0', namespace: 'shop', provider: 'macvlan.default' }, 'web-0.shop.macvlan.default'],
])('portName(%j) is %s', (port, name) => {
  expect(portName(port)).toBe(name);
});

test('nodePortName', () => {
  expect(nodePortName('worker-1')).toBe('node-worker-1');
});

test.each([
  [{ name: 'net1', namespace: 'default', isOvn: true }, 'net1.default.ovn', true],
  [{ name: 'net1', namespace: 'default', isOvn: true, interfaceName: 'eth7' }, 'net1.default.ovn.eth7', true],
  [{ name: 'macvlan', namespace: 'default', isOvn: false }, 'macvlan.default', false],
])('attachmentProvider(%j) is %s', (attachment, provider, isOvn) => {
  expect(attachmentProvider(attachment)).toBe(provider);
  expect(isOvnProvider(provider)).toBe(isOvn);
});

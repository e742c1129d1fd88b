import assert from 'node:assert/strict';
import { podAnnotations, portName, printJson, resources, withCondition, type Pod, type Subnet } from '@kube-ovn/api';
import { crds } from '@kube-ovn/api/crds';

// Custom resources: the type and the definition come from one source. The definitions are in crds/*.yaml as well.
const subnet: Subnet = { metadata: { name: 'shop', generation: 1 }, spec: { cidrBlock: '10.16.0.0/24,fd00:10:16::/64' } };
assert.equal(resources.subnet.plural, 'subnets');
assert.deepEqual(crds.map((crd) => crd.spec.names.kind).slice(0, 3), ['Subnet', 'Vpc', 'IP']);

// Annotations: read to a value, or to a problem that names object, field, value and the way out.
const pod: Pod = {
  metadata: { name: 'web-0', namespace: 'shop', annotations: { 'ovn.kubernetes.io/ip_address': '10.16.0.15,FD00:10:16::F' } },
};
const { ip_address, ingress_rate } = podAnnotations('ovn');
assert.deepEqual(ip_address.read(pod), { ok: true, value: { v4: '10.16.0.15', v6: 'fd00:10:16::f' } });
assert.deepEqual(ingress_rate.entry(3), { 'ovn.kubernetes.io/ingress_rate': '3' });

const wrong: Pod = { metadata: { name: 'web-1', namespace: 'shop', annotations: { [ingress_rate.key]: 'fast' } } };
const reading = ingress_rate.read(wrong);
assert(!reading.ok && reading.problem.hint === 'must be a whole number of Mbit/s from 0 to 1000000');

// Names.
assert.equal(portName({ pod: 'web-0', namespace: 'shop', provider: 'net1.default.ovn' }), 'web-0.shop.net1.default.ovn');

// Conditions: the list itself comes back when it says so already, and then nothing is to be written.
const state = { type: 'Ready', status: 'True', reason: 'SubnetReady', message: '' } as const;
const conditions = withCondition(subnet.status?.conditions ?? [], state, '2026-01-01T00:00:00Z', 1);
assert.equal(withCondition(conditions, state, '2026-01-02T00:00:00Z', 1), conditions);

// Counters of any size are JSON numbers with all their digits.
assert.equal(printJson({ v6availableIPs: 2n ** 64n - 4n }), '{"v6availableIPs":18446744073709551612}');

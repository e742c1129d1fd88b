import { expect, test } from 'vitest';
import { networkLabels } from './labels.formula.ts';
import type { NetworkPlan } from './provider-network.formula.ts';

const wanted = (name: string) => ({ name, bridge: `br-${name}`, nic: 'eth1', vlans: [0] });
const plan: NetworkPlan = {
  wanted: [wanted('up'), wanted('down'), wanted('new')],
  refused: new Map([['taken', 'interface eth1 belongs to ProviderNetwork up']]),
  excluded: ['not-here'],
};
const states = new Map([
  ['up', { nic: 'eth1', mtuBytes: 9000, reason: undefined }],
  ['down', { nic: 'eth2', mtuBytes: 0, reason: 'interface eth2 is not on this node' }],
]);
const key = (network: string, label: string): string => `${network}.provider-network.kubernetes.io/${label}`;

test('ready, not ready, not yet known, refused and excluded networks; those that are gone are withdrawn', () => {
  const metadata = {
    name: 'node1',
    labels: { [key('gone', 'ready')]: 'true', rack: '1' },
    annotations: { [key('lost', 'err_mesg')]: 'why' },
  };
  const { labels, annotations } = networkLabels(plan, states, { metadata });
  const set = Object.entries(labels).filter(([, value]) => value !== null);
  expect(Object.fromEntries(set)).toEqual({
    [key('up', 'ready')]: 'true',
    [key('up', 'interface')]: 'eth1',
    [key('up', 'mtu')]: '9000',
    [key('not-here', 'exclude')]: 'true',
  });
  expect(labels[key('gone', 'ready')]).toBeNull();
  expect(labels['rack']).toBeUndefined();
  expect(annotations).toEqual({
    [key('up', 'err_mesg')]: null,
    [key('down', 'err_mesg')]: 'interface eth2 is not on this node',
    [key('new', 'err_mesg')]: null,
    [key('taken', 'err_mesg')]: 'interface eth1 belongs to ProviderNetwork up',
    [key('not-here', 'err_mesg')]: null,
    [key('gone', 'err_mesg')]: null,
    [key('lost', 'err_mesg')]: null,
  });
});

test('a network that has not been given back yet is not ready', () => {
  const { labels } = networkLabels({ wanted: [], refused: new Map(), excluded: [] }, states, { metadata: { name: 'node1' } });
  expect(labels[key('up', 'ready')]).toBeNull();
});

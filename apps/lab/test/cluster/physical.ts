/** What tests on the physical network share: its hosts, and a ProviderNetwork that is ready. */
import { resources } from '@kube-ovn/api';
import type { TrunkHost } from '../../src/infra/layout.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { netexecIn } from '../../src/lab/programs.ts';
import { NETNS_DIR } from '../../src/infra/layout.ts';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { askInNamespace, type Question } from './ask.ts';
import { eventually } from './support.ts';
import { vswitchdAsk, whatHelps } from './remedies.ts';

/** The host on a VLAN; it tells who asks it, by netexec. */
export async function hostOn(lab: Lab, vlan: number): Promise<TrunkHost> {
  const host = lab.layout.trunk.hosts.find((each) => each.vlan === vlan);
  if (host === undefined) throw new Error(`the lab has no host on VLAN ${vlan}`);
  const id = `v${vlan}-netexec`;
  if (lab.supervisor.pid(id) === undefined) {
    await lab.supervisor.start(netexecIn(host.namespace, id));
    await eventually(
      `netexec on VLAN ${vlan}`,
      async () => (await askOf(host, { address: host.address, times: 1, ask: 'clientip' })) === host.address,
    );
  }
  return host;
}

/** A question of such a host. */
export function askOf({ namespace }: TrunkHost, question: Question): Promise<string> {
  return askInNamespace(`${NETNS_DIR}/${namespace}`, question);
}

/** Wait until a ProviderNetwork has its bridge on all nodes. */
export function networkReady(lab: Lab, name: string): Promise<unknown> {
  return eventually(`ProviderNetwork ${name} ready`, async () => {
    const { status } = await lab.client.get(resources.providerNetwork, name);
    return status?.ready === true && status.readyNodes?.length === lab.layout.nodeList.length;
  });
}

/** Why a host or pod on a VLAN is not reached, for whoever reads of the failure: what every switch knows of the VLAN, and what helps. */
export async function unreached(lab: Lab, vlan: number, isReached: () => Promise<boolean>): Promise<string> {
  const { trunk, nodeList } = lab.layout;
  const ask = async (...argv: readonly string[]): Promise<string> => (await runTool(argv, { accept: [0, 1, 2] })).stdout.trim();
  const linesWith = (text: string, pattern: RegExp): string =>
    text
      .split('\n')
      .filter((line) => pattern.test(line))
      .slice(0, 12)
      .join('\n');
  const bridge = async (dir: string, name: string): Promise<string> => {
    const [learned, flows] = await Promise.all([vswitchdAsk(dir, 'fdb/show', name), vswitchdAsk(dir, 'dpctl/dump-flows')]);
    return `${linesWith(learned, new RegExp(`^ *\\S+ +${vlan} `))}\n${linesWith(flows, new RegExp(`vid=${vlan}\\b`))}`;
  };
  const states = nodeList.map(async ({ name, dir, namespace, ovsSocket }) => {
    const vsctl = (...argv: readonly string[]): Promise<string> => ask('ovs-vsctl', `--db=unix:${ovsSocket}`, '--bare', ...argv);
    const asked = [
      vsctl('get', 'Open_vSwitch', '.', 'external_ids:ovn-bridge-mappings'),
      vsctl('--columns=trunks', 'list', 'Port', 'eth1'),
      vsctl('--columns=name,ofport,error', 'find', 'Interface', 'type=patch').then((text) => text.replaceAll(/\n+/g, ' ')),
      ask(...inNamespace(namespace, ['ip', '-br', 'link', 'show', 'eth1'])),
      bridge(dir, 'br-physical'),
    ];
    return `${name}: ${(await Promise.all(asked)).join('\n')}`;
  });
  const known = [...(await Promise.all(states)), `br-trunk: ${await bridge(trunk.dir, 'br-trunk')}`];
  return `not reached on VLAN ${vlan}\n${known.join('\n')}\nit helps: ${await whatHelps(lab, isReached)}`;
}

/** What tests on the physical network share: its hosts, and a ProviderNetwork that is ready. */
import { resources } from '@kube-ovn/api';
import { join } from 'node:path';
import type { TrunkHost } from '../../src/infra/layout.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { netexecIn } from '../../src/lab/programs.ts';
import { NETNS_DIR } from '../../src/infra/layout.ts';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { askInNamespace, type Question } from './ask.ts';
import { eventually } from './support.ts';

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

/** What the physical network is like at this moment, to be printed when a test of it has failed. */
export async function physicalFacts({ layout }: Lab): Promise<string> {
  const ask = async (...argv: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await runTool(argv, { accept: [0, 1, 2] });
    return `$ ${argv.join(' ')}\n${stdout}${stderr}`;
  };
  const control = (dir: string): string => `--target=${join(dir, 'ovs-vswitchd.ctl')}`;
  const { trunk, outside } = layout;
  const asked = [
    ask('ovs-appctl', control(trunk.dir), 'fdb/show', 'br-trunk'),
    ask('ovs-appctl', control(trunk.dir), 'dpctl/dump-flows'),
    ask(...inNamespace(outside.namespace, ['ip', '-br', 'link'])),
    ...layout.nodeList.flatMap(({ dir, namespace, ovsSocket }) => [
      ask('ovs-vsctl', `--db=unix:${ovsSocket}`, 'show'),
      ask('ovs-vsctl', `--db=unix:${ovsSocket}`, 'get', 'Open_vSwitch', '.', 'external_ids'),
      ask('ovs-appctl', control(dir), 'fdb/show', 'br-physical'),
      ask('ovs-appctl', control(dir), 'dpctl/dump-flows'),
      ask(...inNamespace(namespace, ['ip', '-br', 'link'])),
    ]),
  ];
  return (await Promise.all(asked)).join('\n');
}

/** What is sent to a real ovsdb-server when one pod joins a group of 10,000. */
import { nbIdentities } from '@kube-ovn/ovn-model';
import { type Fragment, synchronize } from '@kube-ovn/ovsdb';
import { openDatabase, systemClock } from '@kube-ovn/ovsdb/node';
import { schemaFiles, startTestServer } from '@kube-ovn/ovsdb/testing';
import { type Pod, PolicyEngine, podKey, policyKey, readNetworkPolicy } from '../src/index.ts';

const members = 10_000;

/** Operations and bytes (JSON, as sent) of the transaction; the pod's port is there already, and two groups take it: the set and its role. */
export async function measureJoin(): Promise<{ readonly operations: number; readonly bytes: number }> {
  const server = await startTestServer({ schemas: [schemaFiles.northbound] });
  const tables = Object.fromEntries(Object.keys(nbIdentities).map((table) => [table, true as const]));
  const client = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables });
  await client.replica.waitFor((replica) => replica.state.name === 'live', 10_000);
  let sent = { operations: 0, bytes: 0 };
  const transact = client.transact.bind(client);
  Object.assign(client, {
    transact: (operations: Parameters<typeof transact>[0]) => {
      sent = { operations: sent.operations + operations.length, bytes: sent.bytes + JSON.stringify(operations).length };
      return transact(operations);
    },
  });
  const sync = synchronize({ client, clock: systemClock, identities: nbIdentities });
  const engine = new PolicyEngine({ aclTiers: false });
  const flush = async (): Promise<void> => {
    for (const [owner, fragment] of engine.flush().fragments) sync.want(owner, fragment);
    await sync.settled();
  };
  const pods = Array.from({ length: members + 1 }, (_, index) => podOf(index));
  const spec = { podSelector: { matchLabels: { app: 'web' } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }] };
  const { value: policy } = readNetworkPolicy({ metadata: { name: 'web', namespace: 'shop' }, spec });
  sync.want('ports', portsOf(pods));
  engine.setPolicy(policyKey(policy), policy);
  for (const pod of pods.slice(1)) engine.setPod(podKey(pod), pod);
  sync.setReady(true);
  await flush();
  sent = { operations: 0, bytes: 0 };
  const [last] = pods;
  if (last !== undefined) engine.setPod(podKey(last), last);
  await flush();
  await sync[Symbol.asyncDispose]();
  await client.close();
  await server.stop();
  return sent;
}

function podOf(index: number): Pod {
  const addresses = [`10.16.${index >> 8}.${index & 255}`];
  const own = { namespace: 'shop', name: `web-${index}`, labels: { app: 'web' }, ports: [], hostNetwork: false, completed: false };
  return { ...own, interfaces: [{ network: 'ovn', port: `web-${index}.shop`, addresses }] };
}

function portsOf(pods: readonly Pod[]): Fragment {
  const parent = { table: 'Logical_Switch', key: 'one', column: 'ports' };
  const ports = pods.flatMap((pod) => pod.interfaces).map(({ port }) => ({ table: 'Logical_Switch_Port', key: port, columns: {}, parent }));
  return { rows: [{ table: 'Logical_Switch', key: 'one', columns: {} }, ...ports], members: [] };
}

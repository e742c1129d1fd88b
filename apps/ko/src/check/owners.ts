/** No address is leaked, and none is used without its journal: every `IP` object has a reason, every reason has an `IP` object. */
import type { ClusterFacts, IpFact, StatefulSetFact } from './facts.ts';
import type { Finding } from './finding.ts';

/** Journals without a workload, and workloads without a journal. */
export function findLeaks(facts: ClusterFacts): readonly Finding[] {
  const pods = new Set(facts.pods.map((pod) => `${pod.namespace}/${pod.machine ?? pod.name}`));
  const machines = new Set(facts.machines.map(({ namespace, name }) => `${namespace}/${name}`));
  const nodes = new Set(facts.nodes.map((node) => node.name));
  const isWanted = (ip: IpFact): boolean =>
    ip.reserved ||
    ip.workload === '' || // junctions and queriers of a subnet itself
    (ip.namespace === '' ? nodes.has(ip.workload) : pods.has(`${ip.namespace}/${ip.workload}`)) ||
    (ip.podType === 'VirtualMachine' && machines.has(`${ip.namespace}/${ip.workload}`)) ||
    (ip.podType === 'StatefulSet' && facts.statefulSets.some((set) => isOrdinalOf(set, ip)));
  const leaked = facts.ips
    .filter((ip) => !isWanted(ip))
    .map((ip): Finding => {
      const holder =
        ip.namespace === ''
          ? `node ${ip.workload}`
          : `${ip.podType === 'VirtualMachine' ? 'virtual machine' : 'pod'} ${ip.namespace}/${ip.workload}`;
      return {
        code: 'LEAKED_ADDRESS',
        object: `IP ${ip.name}`,
        message: `holds ${text(ip)} of subnet ${ip.subnet} for ${holder}, which does not exist`,
        fix: `kubectl delete ip ${ip.name}`,
      };
    });
  const journals = new Set(facts.ips.map((ip) => ip.name));
  const holders = [
    ...facts.pods.flatMap((pod) => pod.nics.map((nic) => ({ nic, object: `pod ${pod.namespace}/${pod.name}` }))),
    ...facts.nodes.flatMap((node) => node.nics.map((nic) => ({ nic, object: `node ${node.name}` }))),
  ];
  const unwritten = holders
    .filter(({ nic }) => !journals.has(nic.port))
    .map(({ nic, object }): Finding => ({
      code: 'NO_JOURNAL',
      object,
      message: `uses ${text(nic)} as ${nic.port}, but there is no IP object ${nic.port}`,
      fix: 'the controller writes it again within seconds; if not, read its log for that name',
    }));
  return [...leaked, ...unwritten];
}

function isOrdinalOf(set: StatefulSetFact, ip: IpFact): boolean {
  if (set.namespace !== ip.namespace || !ip.workload.startsWith(`${set.name}-`)) return false;
  const ordinal = ip.workload.slice(set.name.length + 1);
  return /^\d+$/.test(ordinal) && Number(ordinal) >= set.start && Number(ordinal) < set.start + set.replicas;
}

function text(addresses: { readonly v4?: string | undefined; readonly v6?: string | undefined }): string {
  return [addresses.v4, addresses.v6].filter((address) => address !== undefined).join(',') || 'no address';
}

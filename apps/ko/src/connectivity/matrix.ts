/** Who asks whom, and what shall come of it. Pure. */
import type { Node, Service } from '@kube-ovn/api';
import type { Probe } from '../agent/agent.ts';
import { AGENT_PORT, type PodAddress } from '../bed/pods.ts';
import { PODS, SERVICE } from './objects.ts';

export interface Question {
  /** `pod to pod on the same node` */
  readonly what: string;
  /** Pod that asks. */
  readonly from: string;
  /** Pod or service that is asked. */
  readonly to: string;
  readonly probe: Probe;
}

export interface MatrixFacts {
  readonly namespace: string;
  /** Addresses of pods, by name. */
  readonly pods: ReadonlyMap<string, readonly PodAddress[]>;
  readonly service: Service;
  /** The node of the client, then another. */
  readonly nodes: readonly Node[];
  readonly hasDns: boolean;
  readonly clusterDomain: string;
  readonly external: readonly { readonly host: string; readonly port: number }[];
  /** Longest wait for an answer to become as expected, in milliseconds. */
  readonly timeoutMs: number;
}

type Protocol = Probe['protocol'];
const BOTH: readonly Protocol[] = ['tcp', 'udp'];

/** Before there are policies: all that shall be reached, also what policies then forbid. */
export function openQuestions(facts: MatrixFacts): readonly Question[] {
  const { pods, service, nodes, namespace } = facts;
  const servers = [PODS.near, PODS.far].filter((name) => pods.has(name));
  const nodePort = (protocol: Protocol): number =>
    service.spec?.ports?.find((port) => port.protocol?.toLowerCase() === protocol)?.nodePort ?? 0;
  return familiesOf(facts).flatMap((family) => {
    const ask = questioner(facts, family);
    const toService = ask({ to: SERVICE, addresses: addressesIn(service.spec?.clusterIPs ?? [], family), expected: servers });
    const name = `${SERVICE}.${namespace}.svc.${facts.clusterDomain}`;
    return [
      ...ask({ to: PODS.near })({ what: 'pod to pod on the same node', from: PODS.client, protocols: BOTH }),
      ...ask({ to: PODS.far })({ what: 'pod to pod on another node', from: PODS.client, protocols: BOTH }),
      ...toService({ what: 'pod to address of a service', from: PODS.client, protocols: BOTH }),
      ...(facts.hasDns && addressesIn(service.spec?.clusterIPs ?? [], family).length > 0
        ? ask({ to: SERVICE, addresses: [name], expected: servers })({
            what: 'pod to name of a service',
            from: PODS.client,
            protocols: ['tcp'],
          })
        : []),
      ...nodes.flatMap((node, i) =>
        BOTH.flatMap((protocol) =>
          ask({
            to: `${SERVICE} at ${node.metadata.name}`,
            addresses: internalAddresses(node, family),
            expected: servers,
            port: nodePort(protocol),
          })({
            what: `pod to a port of ${i === 0 ? 'its' : 'another'} node`,
            from: PODS.client,
            protocols: [protocol],
          }),
        ),
      ),
      ...ask({ to: PODS.near })({ what: 'node to its pod', from: PODS.host, protocols: BOTH }),
      ...ask({ to: PODS.far })({ what: 'node to a pod of another node', from: PODS.host, protocols: BOTH }),
      ...toService({ what: 'node to address of a service', from: PODS.host, protocols: ['tcp'] }),
      ...facts.external.flatMap(({ host, port }) =>
        isOfFamily(host, family)
          ? ask({ to: 'outside', addresses: [host], expected: ['a connection'], port })({
              what: 'pod to the outside',
              from: PODS.client,
              protocols: ['connect'],
            })
          : [],
      ),
      ...ask({ to: PODS.guarded })({ what: 'without a policy: to a pod', from: PODS.stranger, protocols: ['tcp'] }),
      ...ask({ to: PODS.guarded })({ what: 'without a policy: over UDP', from: PODS.client, protocols: ['udp'] }),
      ...ask({ to: PODS.near })({ what: 'without a policy: from a pod', from: PODS.mute, protocols: ['tcp'] }),
    ];
  });
}

/** With policies: what they let through, and what not. What is not let through has been seen to pass before. */
export function policyQuestions(facts: MatrixFacts): readonly Question[] {
  return familiesOf(facts).flatMap((family) => {
    const ask = questioner(facts, family);
    return [
      ...ask({ to: PODS.guarded })({ what: 'allowed by a policy', from: PODS.client, protocols: ['tcp'] }),
      ...ask({ to: PODS.guarded, expected: [] })({ what: 'denied by a policy: another pod', from: PODS.stranger, protocols: ['tcp'] }),
      ...ask({ to: PODS.guarded, expected: [] })({ what: 'denied by a policy: another protocol', from: PODS.client, protocols: ['udp'] }),
      ...ask({ to: PODS.near, expected: [] })({ what: 'denied by a policy: on the way out', from: PODS.mute, protocols: ['tcp'] }),
    ];
  });
}

interface Target {
  readonly to: string;
  /** Those of the pod if left out. */
  readonly addresses?: readonly string[];
  /** The pod itself if left out. */
  readonly expected?: readonly string[];
  readonly port?: number;
}

interface Asker {
  readonly what: string;
  readonly from: string;
  readonly protocols: readonly Protocol[];
}

function questioner({ pods, timeoutMs }: MatrixFacts, family: 4 | 6): (target: Target) => (asker: Asker) => readonly Question[] {
  return ({ to, addresses, expected = [to], port = AGENT_PORT }) => {
    const found = addresses ?? (pods.get(to) ?? []).filter((address) => address.family === family).map(({ address }) => address);
    return ({ what, from, protocols }) =>
      found.flatMap((address) =>
        protocols.map((protocol) => ({ what, from, to, probe: { protocol, address, port, family, expected, timeoutMs } })),
      );
  };
}

/** Those of the client. */
function familiesOf({ pods }: MatrixFacts): readonly (4 | 6)[] {
  return (pods.get(PODS.client) ?? []).map(({ family }) => family);
}

function addressesIn(addresses: readonly string[], family: 4 | 6): readonly string[] {
  return addresses.filter((address) => address.includes(':') === (family === 6));
}

/** @source core/v1 NodeAddress */
function internalAddresses({ status }: Node, family: 4 | 6): readonly string[] {
  return addressesIn(status?.addresses?.filter(({ type }) => type === 'InternalIP').map(({ address }) => address) ?? [], family);
}

/** A name of DNS is asked in both. */
function isOfFamily(host: string, family: 4 | 6): boolean {
  const isName = !host.includes(':') && !/^\d+\.\d+\.\d+\.\d+$/.test(host);
  return isName || host.includes(':') === (family === 6);
}

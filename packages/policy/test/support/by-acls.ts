/** Flows of a random cluster as packets between ports, and their judgement by the interpreter. */
import type { Fragment } from '@kube-ovn/ovsdb';
import { AclPipeline, type Passage } from './acl/pipeline.ts';
import { northboundOf } from './acl/northbound.ts';
import { firstPacket } from './acl/packet.ts';
import type { Inhabitants } from '../../src/testing/cluster.ts';
import { type Flow, type Party, partyOf, podAddresses, podName } from '../../src/verdict/flow.ts';
import { outsideStation, podStations, routerPortOf, type Station } from './topology.ts';
import type { TracedPacket } from './traced-ovn.ts';

/** The packet of a flow; undefined when none of its ends is a port of a pod, when an end is not there, or both are one. */
export function journeyOf(inhabitants: Inhabitants, flow: Flow): TracedPacket | undefined {
  const [from, to] = [partyOf(inhabitants, flow.from, flow.family), partyOf(inhabitants, flow.to, flow.family)];
  if (from === undefined || to === undefined || from.address === to.address) return undefined;
  if (from.pod === undefined && to.pod === undefined) return undefined;
  const stations = podStations(inhabitants);
  const at = ({ pod }: Party): Station => (pod === undefined ? undefined : stations.get(podName(pod))) ?? outsideStation();
  return { flow, source: from.address, destination: to.address, from: at(from), to: at(to) };
}

/** The interpreter, ready for many packets. */
export function pipelineOf(inhabitants: Inhabitants, fragments: Iterable<Fragment>): (packet: TracedPacket) => Passage {
  const stations = podStations(inhabitants);
  const places = new Map([...stations.values()].map((station) => [station.port, station.switch]));
  const addresses = new Map(inhabitants.pods.map((pod) => [stations.get(podName(pod))?.port ?? '', podAddresses(pod)]));
  const pipeline = new AclPipeline(
    northboundOf(fragments, (port) => addresses.get(port) ?? []),
    (port) => places.get(port),
  );
  return ({ flow, source, destination, from, to }) =>
    pipeline.judge({ packet: firstPacket(flow, { source, destination }), from, to, routerPort: routerPortOf });
}

import { collectDefaultMetrics, Gauge, Registry, type Metric } from 'prom-client';
import type { Peer } from './inputs/peer.ts';
import type { Standings } from './features/status/status.formula.ts';

/** Figures that are read when somebody asks. */
export interface Readings {
  readonly peers: () => readonly Peer[];
  readonly standings: () => Standings;
  /** How often a session of this peer ended since the start. */
  readonly flaps: (address: string) => number;
  readonly prefixes: () => Readonly<Record<'ipv4' | 'ipv6', number>>;
  readonly birdStarts: () => number;
  readonly configurations: () => number;
  readonly ready: () => boolean;
}

/** @source GoBGP, PeerState.SessionState, which Kube-OVN's metric shows */
const STATES: readonly string[] = ['Unknown', 'Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'];

/** The speaker's metrics; those of peers have Kube-OVN's names. */
export function createMetrics(nodeName: string, readings: Readings): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ node_name: nodeName });
  collectDefaultMetrics({ register: registry });
  const gauge = (
    name: string,
    help: string,
    labelNames: readonly string[],
    collect: (set: (labels: Record<string, string>, value: number) => void) => void,
  ): Metric =>
    new Gauge({
      name: `kube_ovn_speaker_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        this.reset();
        collect((labels, value) => this.set(labels, value));
      },
    });
  const perPeer = (name: string, help: string, read: (peer: Peer) => number | undefined): Metric =>
    gauge(name, help, ['neighbor', 'neighbor_as'], (set) => {
      for (const peer of readings.peers()) {
        const value = read(peer);
        if (value !== undefined) set({ neighbor: peer.address, neighbor_as: String(peer.peerAs) }, value);
      }
    });
  const state = ({ address }: Peer): string => readings.standings().sessions.get(address)?.state ?? 'Unknown';
  perPeer('bgp_peer_up', '1 while the session is established', (peer) => Number(state(peer) === 'Established'));
  perPeer('bgp_peer_session_state', `State of the session: ${STATES.map((name, index) => `${index} ${name}`).join(', ')}`, (peer) =>
    Math.max(0, STATES.indexOf(state(peer))),
  );
  perPeer('bgp_peer_flap_count', 'How often an established session ended since the start', ({ address }) => readings.flaps(address));
  perPeer('bgp_peer_prefixes', 'Prefixes that the peer was told', ({ address }) => {
    const { 4: v4 = 0, 6: v6 = 0 } = readings.standings().sessions.get(address)?.exported ?? {};
    return v4 + v6;
  });
  perPeer('bfd_peer_up', '1 while BFD reaches the peer', ({ address, bfd }) =>
    bfd ? Number(readings.standings().bfd.get(address) === 'Up') : undefined,
  );
  gauge('prefixes', 'Prefixes that this node announces', ['family'], (set) => {
    for (const [family, count] of Object.entries(readings.prefixes())) set({ family }, count);
  });
  gauge('bird_starts', 'Processes of BIRD started since the start', [], (set) => set({}, readings.birdStarts()));
  gauge('configurations', 'Changes handed to a running BIRD since the start', [], (set) => set({}, readings.configurations()));
  gauge('ready', '1 while /readyz says yes', [], (set) => set({}, Number(readings.ready())));
  return registry;
}

/**
 * The only place where things are made. Top to bottom: sources, formulas, sinks, servers.
 */
import type { AddressInfo } from 'node:net';
import { readSlice, resources, type EndpointSlice, type KubeObject, type Problem, type Service } from '@kube-ovn/api';
import {
  deriveTable,
  formula,
  isSamePlainData,
  observe,
  repeat,
  sink,
  sourceCell,
  sourceTable,
  watchCell,
  type Table,
} from '@kube-ovn/dataflow';
import { eventRecorder, informer, kubeClient, KubeError, patchSink, systemScheduler, type Informer, type KubeClient } from '@kube-ovn/kube';
import { listenTelemetry } from '@kube-ovn/telemetry';
import type { Logger } from 'pino';
import { birdProcess } from './bird/daemon.ts';
import { readBfd, readSessions } from './bird/sessions.ts';
import type { Config } from './config.ts';
import { buildFeatures } from './features/index.ts';
import { speakerStatus, type Standings } from './features/status/status.formula.ts';
import { readPod, trimPod } from './inputs/pod.ts';
import { readAnnouncedService } from './inputs/service.ts';
import { readSubnet } from './inputs/subnet.ts';
import { createMetrics } from './metrics.ts';

/** A running speaker. */
export interface Speaker extends AsyncDisposable {
  /** Port of /metrics, /livez and /readyz. */
  readonly metricsPort: number;
}

type Watch = Pick<Informer<unknown>, 'state' | 'synced' | 'problem'>;

const LOOK_AT_SESSIONS_MS = 1_000;
/** Prefixes come and go with pods; the status names them this often at most. */
const TELL_PREFIXES_MS = 5_000;
const SAME = { equals: isSamePlainData };

/** Start the speaker. Resolves when it listens; BIRD is started once everything that is to be announced is known. */
export async function startSpeaker(config: Config, log: Logger): Promise<Speaker> {
  await using stack = new AsyncDisposableStack();
  const scheduler = systemScheduler();

  // sources
  const client = kubeClient(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig });
  stack.defer(() => client.close());
  const nodes = stack.use(informer(client, resources.node, { fieldSelector: `metadata.name=${config.nodeName}` }));
  const subnetObjects = stack.use(informer(client, resources.subnet));
  const podObjects = stack.use(informer(client, resources.pod, { trim: trimPod }));
  const peerObjects = stack.use(informer(client, resources.bgpPeer, { missing: 'empty' }));
  const secrets = stack.use(
    informer(client, resources.secret, { namespace: config.namespace, fieldSelector: 'type=kubernetes.io/basic-auth', missing: 'empty' }),
  );
  const own = stack.use(informer(client, resources.bgpSpeaker, { fieldSelector: `metadata.name=${config.nodeName}`, missing: 'empty' }));
  const watches: Record<string, Watch> = {
    Node: nodes,
    Subnets: subnetObjects,
    Pods: podObjects,
    BgpPeers: peerObjects,
    Secrets: secrets,
  };
  const hasServices = config.announceClusterIp || config.announceExternalIp;
  const serviceObjects = hasServices ? stack.use(informer(client, resources.service)) : undefined;
  const sliceObjects = hasServices ? stack.use(informer(client, resources.endpointSlice)) : undefined;
  if (serviceObjects !== undefined) watches['Services'] = serviceObjects;
  if (sliceObjects !== undefined) watches['EndpointSlices'] = sliceObjects;
  const synced = formula(() => Object.values(watches).every((watch) => watch.synced.value));

  // formulas
  const node = formula(() => nodes.table.get(config.nodeName));
  const features = buildFeatures({
    config,
    node,
    subnets: deriveTable('subnets', subnetObjects.table, (_, subnet) => readSubnet(subnet), SAME),
    pods: deriveTable('pods', podObjects.table, (_, pod) => readPod(pod), SAME),
    services: deriveTable(
      'services',
      serviceObjects?.table ?? sourceTable<Service>('no services'),
      (_, service) => readAnnouncedService(service),
      SAME,
    ),
    slices: deriveTable('slices', sliceObjects?.table ?? sourceTable<EndpointSlice>('no slices'), (_, slice) => readSlice(slice), SAME),
    peers: peerObjects.table,
    secrets: secrets.table,
  });

  // sinks: BIRD
  const bird = birdProcess({
    program: config.birdProgram,
    dir: config.runDir,
    scheduler,
    told: (message, error) => (error === undefined ? log.info(message) : log.warn({ err: error }, message)),
  });
  stack.defer(() => bird.stop(features.peers.peek().some(({ gracefulRestart }) => gracefulRestart)));
  const files = keyed('configuration', config.nodeName, () => (synced.value ? features.files.value : undefined));
  const out = stack.use(
    sink(files, {
      flush: async (changes) => {
        for (const [, wanted] of changes) if (wanted !== undefined) await bird.apply(wanted);
      },
      scheduler,
      backoff: { minMs: 100, maxMs: 5_000 },
    }),
  );
  stack.use(
    observe(
      out.failures,
      (_, error) => error !== undefined && log.warn({ err: error }, 'BIRD has not taken the configuration, will be tried again'),
    ),
  );

  // sources: BIRD
  const standings = sourceCell<Standings>({ sessions: new Map(), bfd: new Map() }, { equals: isSameStanding });
  const flaps = new Map<string, number>();
  const look = stack.use(
    repeat(scheduler, LOOK_AT_SESSIONS_MS, {
      work: async () => {
        if (!bird.isRunning) {
          standings.set({ sessions: new Map(), bfd: new Map() });
          return;
        }
        const sessions = readSessions((await bird.ask('show protocols all')).lines);
        const bfd = features.peers.peek().some((peer) => peer.bfd)
          ? readBfd((await bird.ask('show bfd sessions')).lines)
          : new Map<string, string>();
        for (const [address, before] of standings.peek().sessions)
          if (before.state === 'Established' && sessions.get(address)?.since !== before.since)
            flaps.set(address, (flaps.get(address) ?? 0) + 1);
        standings.set({ sessions, bfd });
      },
      failed: (error) => log.debug({ err: error }, 'BIRD does not tell its sessions'),
    }),
  );
  stack.use(watchCell(out.idle, (isIdle) => isIdle && look.poke()));
  const told = sourceCell(features.prefixes.peek(), SAME);
  stack.use(repeat(scheduler, TELL_PREFIXES_MS, { work: () => told.set(features.prefixes.peek()), failed: () => undefined }));

  // sinks: the BgpSpeaker object, and events
  const status = keyed('status', config.nodeName, () =>
    speakerStatus({ routerId: features.routerId.value, peers: features.peers.value, standings: standings.value, prefixes: told.value }),
  );
  const wanted = deriveTable('status of the BgpSpeaker', status, (_, each) => ({ status: each }), SAME);
  stack.use(
    patchSink({ client, resource: resources.bgpSpeaker, wanted, observed: own.table, written: own.upsert, scheduler, ready: own.synced }),
  );
  stack.use(
    watchCell(
      formula(() => (own.state.value === 'live' && !own.table.has(config.nodeName) ? node.value?.metadata.uid : undefined)),
      (uid) =>
        uid !== undefined &&
        void createSpeaker(client, config.nodeName, uid).catch((error: unknown) =>
          log.warn({ err: error }, 'the BgpSpeaker could not be made'),
        ),
    ),
  );
  const events = eventRecorder(client, 'kube-ovn-speaker', { host: config.nodeName });
  const tables: Readonly<Record<string, Table<KubeObject>>> = {
    Subnet: subnetObjects.table,
    Pod: podObjects.table,
    BgpPeer: peerObjects.table,
    ...(serviceObjects !== undefined && { Service: serviceObjects.table }),
  };
  stack.use(observe(features.problems, (key, problems) => problems !== undefined && tell(key, problems)));
  function tell(key: string, problems: readonly Problem[]): void {
    const [kind = '', ...name] = key.split('/');
    const object = tables[kind]?.peek(name.join('/'));
    for (const { code, message } of problems) {
      log.warn({ code }, `not announced: ${message}`);
      if (object !== undefined)
        events.state(
          { ...object, kind, apiVersion: kind === 'Pod' || kind === 'Service' ? 'v1' : 'kubeovn.io/v1' },
          'Warning',
          'NotAnnounced',
          message,
        );
    }
  }

  // servers
  const unready = (): readonly string[] => [
    ...Object.entries(watches).flatMap(([what, { state, synced: isSynced, problem }]) =>
      state.peek() === 'live' || (state.peek() === 'syncing' && isSynced.peek())
        ? []
        : [`${what}: the watch is ${state.peek()}${problem.peek() === undefined ? '' : ` (${problem.peek()?.message})`}`],
    ),
    ...(nodes.synced.peek() && node.peek() === undefined ? [`there is no Node ${config.nodeName}; does --node-name name it?`] : []),
    ...(bird.isRunning ? [] : ['BIRD does not run']),
    ...[...out.failures.entries()].map(([, error]) => error.message),
  ];
  const countOf = (family: 'ipv4' | 'ipv6'): number =>
    features.prefixes.peek().filter(({ prefix }) => prefix.includes(':') === (family === 'ipv6')).length;
  const registry = createMetrics(config.nodeName, {
    peers: () => features.peers.peek(),
    standings: () => standings.peek(),
    flaps: (address) => flaps.get(address) ?? 0,
    prefixes: () => ({ ipv4: countOf('ipv4'), ipv6: countOf('ipv6') }),
    birdStarts: () => bird.starts,
    configurations: () => bird.configurations,
    ready: () => unready().length === 0,
  });
  const health = await listenTelemetry({
    address: config.metricsAddress,
    port: config.metricsPort,
    unready,
    registry: config.enableMetrics ? registry : undefined,
  });
  stack.defer(() => void health.close());
  const running = stack.move();
  return { metricsPort: (health.address() as AddressInfo).port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** One value as a table, for sinks. */
function keyed<T>(name: string, key: string, read: () => T | undefined): Table<T> {
  const one = sourceTable<() => T | undefined>(`${name} of the node`);
  one.set(key, read);
  return deriveTable(name, one, (_, each) => each(), SAME);
}

function isSameStanding(a: Standings, b: Standings): boolean {
  return isSamePlainData([[...a.sessions], [...a.bfd]], [[...b.sessions], [...b.bfd]]);
}

/** It goes with its Node. */
async function createSpeaker(client: KubeClient, name: string, uid: string): Promise<void> {
  try {
    await client.create(resources.bgpSpeaker, {
      apiVersion: 'kubeovn.io/v1',
      kind: 'BgpSpeaker',
      metadata: { name, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] },
      spec: {},
    });
  } catch (error) {
    if (!(error instanceof KubeError) || error.code !== 'KUBE_EXISTS') throw error;
  }
}

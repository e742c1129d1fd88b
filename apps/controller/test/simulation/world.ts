/** A cluster's control plane in memory, and controllers that come and go in it. */
import { readFileSync } from 'node:fs';
import { clientOver, type KubeClient } from '@kube-ovn/kube';
import { FakeApi, type FakeObject, FakeTransport } from '@kube-ovn/kube/testing';
import { readConfig } from '../../src/config/config.ts';
import { parseFlags } from '../../src/config/parse-flags.ts';
import type { Log } from '../../src/ports.ts';
import { type Controller, wire } from '../../src/wire.ts';
import { MemoryDatabase } from './memory-database.ts';
import { MemoryServer } from './memory-server.ts';
import { SimNetwork } from './network.ts';
import { Random } from './random.ts';
import { SimClock } from './sim-clock.ts';

const SERVED = [
  'pods',
  'networkpolicies',
  'nodes',
  'namespaces',
  'subnets',
  'vpcs',
  'ips',
  'ippools',
  'security-groups',
  'vips',
  'ovn-eips',
  'ovn-fips',
  'ovn-snat-rules',
  'ovn-dnat-rules',
  'vlans',
  'provider-networks',
  'qos-policies',
  'mirrors',
  'statefulsets',
  'services',
  'endpointslices',
  'switch-lb-rules',
  'network-attachment-definitions',
  'virtualmachines',
  'virtualmachineinstances',
  'leases',
  'events',
];

export interface SimulatedController {
  readonly name: string;
  readonly controller: Controller;
  readonly kube: KubeClient;
  readonly log: readonly string[];
  /** As by kill -9: nothing of it runs or arrives any more. */
  kill(): void;
}

export class World {
  readonly random: Random;
  readonly clock: SimClock;
  readonly network: SimNetwork;
  readonly api: FakeApi = new FakeApi();
  readonly database: MemoryDatabase;
  readonly server: MemoryServer;
  /** Those that run. */
  readonly controllers = new Set<SimulatedController>();
  /** IP objects as they have been seen, also those that are gone. */
  readonly formerIps = new Map<string, FakeObject>();
  /** IP objects as they were set back: what they say may be another's by now. By name. */
  readonly setBackIps = new Map<string, FakeObject>();
  #started = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.clock = new SimClock(this.random);
    this.network = new SimNetwork(this.clock, this.random);
    this.database = new MemoryDatabase(readFileSync('/usr/share/ovn/ovn-nb.ovsschema', 'utf8'), this.random);
    this.server = new MemoryServer(this.database, this.random);
    for (const plural of SERVED) this.api.serve(plural, { hasStatusSubresource: !['vips', 'ips'].includes(plural) });
  }

  start(): SimulatedController {
    const name = `controller-${++this.#started}`;
    const clock = this.clock.forProcess();
    let alive = true;
    const isAlive = (): boolean => alive;
    const kube = clientOver(new FakeTransport(this.api, this.network.toApi(isAlive)));
    const northbound = this.network.toDatabase(this.server, clock, isAlive);
    const log: string[] = [];
    const config = readConfig(
      parseFlags(['--kubeconfig=/none', '--ovn-nb-addr=unix:/none']).values,
      {},
      { hostname: name, pid: this.#started },
    );
    const controller = wire(config, {
      kube,
      northbound,
      scheduler: clock,
      clock,
      random: this.random.next,
      wallClock: () => this.clock.date(),
      log: logInto(log),
    });
    controller.start();
    const started: SimulatedController = {
      name,
      controller,
      kube,
      log,
      kill: () => {
        alive = false;
        clock.kill();
        this.controllers.delete(started);
      },
    };
    this.controllers.add(started);
    return started;
  }
}

function logInto(lines: string[]): Log {
  const line =
    (level: string) =>
    (fields: object, message: string): void => {
      lines.push(
        `${level} ${message} ${JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.message : value))}`,
      );
    };
  return { debug: () => {}, info: line('info'), warn: line('warn'), error: line('error') };
}

/** The containers of one pod: their runs, probes and ends, and what is observed of them. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../../errors.ts';
import type { ObservedContainer, Termination } from '../pod/observed.ts';
import { restartDelayMs } from '../pod/plan.ts';
import type { ContainerSpec, PodObject } from '../pod/types.ts';
import type { Clock, PodApi } from '../ports.ts';
import { initialHealth, Prober, type Health } from '../probes/prober.ts';
import { environmentOf, expand, referencesOf } from './environment.ts';
import { execInRun } from './exec.ts';
import { hostsFile, resolvConf, type ResolverSettings } from './host-files.ts';
import { commandLineOf, IMAGES } from './image.ts';
import { ContainerRun, type Exit } from './runner.ts';
import { makeVolumes, mountsOf } from './volumes.ts';

export interface ContainersOptions {
  readonly pod: () => PodObject;
  /** told when what is observed has changed */
  readonly changed: () => void;
  readonly api: PodApi;
  readonly clock: Clock;
  /** folder of this kubelet */
  readonly root: string;
  readonly nodeName: string;
  readonly hostAddresses: readonly string[];
  readonly resolver: ResolverSettings;
}

interface Entry {
  observed: ObservedContainer;
  run: ContainerRun | undefined;
  prober: Prober | undefined;
  /** why kubelet is ending the run */
  cause: string | undefined;
}

export interface SandboxView {
  readonly netns: string | undefined;
  readonly addresses: readonly string[];
}

export class Containers {
  readonly #options: ContainersOptions;
  readonly #entries = new Map<string, Entry>();
  #isReleased = false;

  constructor(options: ContainersOptions) {
    this.#options = options;
  }

  observed(): ReadonlyMap<string, ObservedContainer> {
    return new Map([...this.#entries].map(([name, entry]) => [name, entry.observed]));
  }

  /** The living run of a container, for exec. */
  run(name: string): ContainerRun | undefined {
    const run = this.#entries.get(name)?.run;
    return run?.isOver === true ? undefined : run;
  }

  /** Path of a container's log: of its current (or last) run, or of the one before. */
  logFile(name: string, previous = false): string | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const number = entry.observed.restartCount - (previous ? 1 : 0);
    return number < 0 ? undefined : this.#logPath(name, number);
  }

  /** Start a container; what keeps it from starting becomes its waiting state. */
  async start(container: ContainerSpec, sandbox: SandboxView): Promise<void> {
    const { api, clock, pod } = this.#options;
    const before = this.#entries.get(container.name)?.observed;
    const restartCount = before === undefined || before.now.state === 'waiting' ? (before?.restartCount ?? 0) : before.restartCount + 1;
    const last = before?.now.state === 'terminated' ? before.now : before?.last;
    const context = { restartCount, ...(last !== undefined && { last }) };
    try {
      const spec = await this.#runSpec(container, sandbox, restartCount);
      if (spec === undefined)
        return this.#wait(container, context, {
          reason: 'ErrImagePull',
          message: `image ${JSON.stringify(container.image)}: this kubelet runs ${Object.keys(IMAGES).join(', ')}, or any image with a command of its own`,
        });
      const run = new ContainerRun(spec);
      await run.started();
      const entry: Entry = {
        run,
        prober: undefined,
        cause: undefined,
        observed: {
          ...context,
          restartAtMs: 0,
          now: { state: 'running', containerId: spec.containerId, startedAtMs: clock.now(), ...initialHealth(container) },
        },
      };
      this.#entries.set(container.name, entry);
      entry.prober = this.#prober(container, entry, sandbox);
      api.event(pod(), 'Normal', 'Started', `Container started: ${container.name}`);
      void run.ended.then((exit) => this.#ended(container, entry, exit));
    } catch (error) {
      this.#wait(container, context, { reason: 'CreateContainerConfigError', message: describeError(error) });
    }
  }

  /** Ask a container to end, and see to it that it has by a given time; its end comes later, as a change. */
  stop(request: { name: string; killAtMs: number; cause: string }): void {
    const entry = this.#entries.get(request.name);
    if (entry?.run === undefined || entry.observed.now.state !== 'running') return;
    const isFirst = entry.observed.now.killAtMs === undefined;
    entry.cause = request.cause;
    // It is as ready as it was until it says otherwise, or is over: it may serve to its end.
    entry.prober?.stopAllButReadiness();
    entry.observed = { ...entry.observed, now: { ...entry.observed.now, killAtMs: request.killAtMs } };
    if (isFirst)
      this.#options.api.event(
        this.#options.pod(),
        'Normal',
        'Killing',
        `Stopping container ${request.name}${request.cause === 'Killing' ? '' : `: ${request.cause}`}`,
      );
    entry.run.stop(request.killAtMs - this.#options.clock.now());
  }

  /** Stop watching; the processes stay. */
  release(): void {
    this.#isReleased = true;
    for (const { prober } of this.#entries.values()) prober?.[Symbol.dispose]();
  }

  /** Make what plugins and containers expect to be there. */
  makeVolumes(): void {
    makeVolumes(this.#podDir(), this.#options.pod().spec);
  }

  removeFiles(): void {
    rmSync(this.#podDir(), { recursive: true, force: true });
  }

  #prober(container: ContainerSpec, entry: Entry, sandbox: SandboxView): Prober {
    const { api, pod, changed } = this.#options;
    return new Prober({
      target: {
        container,
        address: sandbox.addresses[0] ?? '127.0.0.1',
        exec: async (command, timeoutMs) =>
          entry.run === undefined ? { code: 1, output: 'not running' } : execInRun(entry.run, command, timeoutMs),
      },
      failed: (message) => api.event(pod(), 'Warning', 'Unhealthy', message),
      changed: (health: Health) => {
        if (entry.observed.now.state !== 'running') return;
        entry.observed = { ...entry.observed, now: { ...entry.observed.now, ...health } };
        changed();
      },
    });
  }

  #ended(container: ContainerSpec, entry: Entry, exit: Exit): void {
    entry.prober?.[Symbol.dispose]();
    if (this.#isReleased || this.#entries.get(container.name) !== entry || entry.observed.now.state !== 'running') return;
    const { clock, api, pod, changed } = this.#options;
    const { startedAtMs, containerId } = entry.observed.now;
    const finishedAtMs = clock.now();
    const end: Termination = {
      exitCode: exit.exitCode,
      containerId,
      startedAtMs,
      finishedAtMs,
      ...(exit.signal !== undefined && { signal: exit.signal }),
      ...(entry.cause !== undefined && { cause: entry.cause }),
    };
    const delayMs = restartDelayMs(entry.observed.restartCount, finishedAtMs - startedAtMs);
    if (delayMs > 0) api.event(pod(), 'Warning', 'BackOff', `Back-off ${delayMs / 1000} s restarting failed container ${container.name}`);
    entry.run = undefined;
    entry.observed = { ...entry.observed, restartAtMs: finishedAtMs + delayMs, now: { state: 'terminated', ...end } };
    changed();
  }

  #wait(
    container: ContainerSpec,
    context: { restartCount: number; last?: Termination },
    waiting: { reason: string; message: string },
  ): void {
    const { api, pod, clock } = this.#options;
    const before = this.#entries.get(container.name)?.observed;
    if (before?.now.state !== 'waiting' || before.now.message !== waiting.message)
      api.event(pod(), 'Warning', 'Failed', `Error: ${waiting.reason}: ${waiting.message}`);
    this.#entries.set(container.name, {
      run: undefined,
      prober: undefined,
      cause: undefined,
      observed: { ...context, restartAtMs: clock.now() + 10_000, now: { state: 'waiting', ...waiting } },
    });
  }

  async #runSpec(
    container: ContainerSpec,
    sandbox: SandboxView,
    restartCount: number,
  ): Promise<ConstructorParameters<typeof ContainerRun>[0] | undefined> {
    const { api, hostAddresses, nodeName, resolver } = this.#options;
    const pod = this.#options.pod();
    const data = await api.data(pod.metadata.namespace, referencesOf(container));
    const environment = environmentOf({ pod, container, data, podAddresses: sandbox.addresses, hostAddresses });
    const expanded = (texts: readonly string[] = []): readonly string[] => texts.map((text) => expand(text, environment));
    const argv = commandLineOf(container.image ?? '', expanded(container.command), expanded(container.args));
    if (argv === undefined) return undefined;
    const dir = this.#podDir();
    mkdirSync(dir, { recursive: true, mode: 0o755 });
    const files = { hostsFile: join(dir, 'hosts'), resolvConf: join(dir, 'resolv.conf') };
    writeFileSync(files.hostsFile, hostsFile(pod, sandbox.addresses, resolver.clusterDomain));
    writeFileSync(files.resolvConf, resolvConf(pod, resolver));
    const hostname = pod.spec.hostNetwork === true ? nodeName : (pod.spec.hostname ?? pod.metadata.name).slice(0, 63);
    return {
      containerId: randomBytes(32).toString('hex'),
      argv,
      hostname,
      ...files,
      environment: { HOSTNAME: hostname, ...environment },
      workingDir: container.workingDir ?? '/',
      netns: sandbox.netns,
      mounts: mountsOf(dir, pod.spec, container),
      logFile: this.#logPath(container.name, restartCount),
    };
  }

  #podDir(): string {
    const { uid } = this.#options.pod().metadata;
    return join(this.#options.root, 'pods', uid.replaceAll(/[^A-Za-z0-9-]/g, '_'));
  }

  #logPath(container: string, number: number): string {
    return join(this.#podDir(), container, `${number}.log`);
  }
}

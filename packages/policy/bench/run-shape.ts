/** Compiles one shape in a process of its own, since memory is measured by the process, and prints what it cost as JSON. */
import { type Changes, PolicyEngine, podKey, policyKey, type Pod } from '../src/index.ts';
import { shapes } from './shapes.ts';

/** What a shape costs. */
export interface ShapeCost {
  readonly compileMs: number;
  /** Of the whole process, the objects that were compiled included. */
  readonly peakMb: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly memberships: number;
  readonly podEventUs: { readonly p50: number; readonly p99: number };
}

const events = 5000;
/** Other work on the machine shows in wall time: the round with the lowest p99 counts. */
const rounds = 3;

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function count(changes: Changes): Pick<ShapeCost, 'rows' | 'memberships'> {
  const rows: Record<string, number> = {};
  let memberships = 0;
  for (const fragment of changes.fragments.values()) {
    for (const { table } of fragment?.rows ?? []) rows[table] = (rows[table] ?? 0) + 1;
    memberships += fragment?.members.length ?? 0;
  }
  return { rows, memberships };
}

function calmest(measured: readonly ShapeCost['podEventUs'][]): ShapeCost['podEventUs'] {
  return measured.reduce((best, one) => (one.p99 < best.p99 ? one : best));
}

/** A pod's label changes, and the change is worked out. */
function measureEvents(engine: PolicyEngine, pods: readonly Pod[]): ShapeCost['podEventUs'] {
  const times: number[] = [];
  for (let index = 0; index < events; index += 1) {
    const pod = pods[(index * 7919) % pods.length];
    const other = pods[(index * 104_729) % pods.length];
    if (pod === undefined || other === undefined) continue;
    const start = process.hrtime.bigint();
    engine.setPod(podKey(pod), { ...pod, labels: { ...other.labels, turn: String(index) } });
    engine.flush();
    times.push(Number(process.hrtime.bigint() - start) / 1000);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

const { namespaces, nodes, pods, policies } = (
  shapes[process.argv[2] ?? ''] ??
  (() => {
    throw new Error(`no shape ${process.argv[2]}`);
  })
)();
const engine = new PolicyEngine({ aclTiers: false });
const start = cpuMs();
for (const name of namespaces) engine.setNamespace(name, { 'kubernetes.io/metadata.name': name });
for (const [index, name] of nodes.entries()) engine.setNode(name, { name, labels: {}, addresses: [`172.18.${index >> 8}.${index & 255}`] });
for (const pod of pods) engine.setPod(podKey(pod), pod);
for (const policy of policies) engine.setPolicy(policyKey(policy), policy);
const changes = engine.flush();
const compileMs = cpuMs() - start;
const peakMb = process.resourceUsage().maxRSS / 1024;
const cost: ShapeCost = {
  compileMs,
  peakMb,
  ...count(changes),
  podEventUs: calmest(Array.from({ length: rounds }, () => measureEvents(engine, pods))),
};
process.stdout.write(`${JSON.stringify(cost)}\n`);

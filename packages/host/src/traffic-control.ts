import { HostError } from './errors.ts';
import type { Netns } from './netns/netns.ts';
import { runProgram } from './program.ts';

/** A queueing discipline as the kernel reports it. */
export interface Qdisc {
  readonly link: string;
  readonly kind: string;
  /** `1:`; `0:` where it has none. */
  readonly handle: string;
  /** Undefined at the root. */
  readonly parent: string | undefined;
  /** Bytes a second; 0 where the kind has no rate. */
  readonly rateBytes: number;
  /** 0 where the kind has no burst. */
  readonly burstBytes: number;
}

/**
 * Every queueing discipline of a namespace.
 * @throws {HostError} HOST_NOT_FOUND when tc is not installed; HOST_TIMEOUT
 */
export async function readQdiscs(ns?: Netns): Promise<readonly Qdisc[]> {
  const answer: unknown = JSON.parse((await tc(['-j', 'qdisc', 'show'], '', ns)) || '[]');
  return Array.isArray(answer) ? answer.flatMap((each: unknown) => readQdisc(each)) : [];
}

/**
 * Links that packets which arrive on `link` are redirected to before the stack sees them.
 * @throws {HostError} HOST_NOT_FOUND when tc is not installed; HOST_TIMEOUT
 */
export async function readRedirects(link: string, ns?: Netns): Promise<readonly string[]> {
  const text = await tc(['-j', 'filter', 'show', 'dev', link, 'ingress'], '', ns);
  return [...text.matchAll(/"to_dev":"(?<link>[^"]+)"/g)].map(({ groups }) => groups?.['link'] ?? '');
}

/**
 * Run lines of tc(8), one after the other, until one fails.
 * @param lines without the leading `tc`: `qdisc replace dev eth0 root ...`
 * @throws {HostError} HOST_UNSUPPORTED when this kernel lacks a discipline; HOST_NOT_FOUND when there is no such link, or no tc; HOST_REFUSED with
 * tc's complaint; HOST_TIMEOUT
 */
export async function applyTrafficControl(lines: readonly string[], ns?: Netns): Promise<void> {
  await tc(['-batch', '-'], `${lines.join('\n')}\n`, ns);
}

async function tc(args: readonly string[], input: string, ns: Netns | undefined): Promise<string> {
  const { code, stdout, stderr } = await runProgram({ program: 'tc', debianPackage: 'iproute2', args, input, ns });
  if (code === 0) return stdout;
  const complaint = stderr.trim().split('\n').slice(0, 3).join(' / ');
  const object = `tc ${input === '' ? args.join(' ') : input.trim().split('\n').join('; ')}`;
  const isUnknown = /Specified qdisc kind is unknown|Unknown qdisc/i.test(stderr);
  const isGone = /Cannot find device/.test(stderr);
  throw new HostError(isUnknown ? 'HOST_UNSUPPORTED' : isGone ? 'HOST_NOT_FOUND' : 'HOST_REFUSED', object, complaint);
}

function readQdisc(value: unknown): Qdisc[] {
  if (typeof value !== 'object' || value === null) return [];
  const field = (of: object, name: string): unknown => Object.entries(of).find(([key]) => key === name)?.[1];
  const options = field(value, 'options');
  const size = (name: string): number => (typeof options === 'object' && options !== null ? Number(field(options, name) ?? 0) : 0);
  const parent = field(value, 'parent');
  return [
    {
      link: String(field(value, 'dev')),
      kind: String(field(value, 'kind')),
      handle: String(field(value, 'handle')),
      parent: typeof parent === 'string' ? parent : undefined,
      rateBytes: size('rate'),
      burstBytes: size('burst'),
    },
  ];
}

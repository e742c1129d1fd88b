/** The paths that a kubelet serves. Pure. @source kubelet/server: /exec, /containerLogs, /pods, /healthz */
import type { LogOptions } from '../container/log-reader.ts';

export type KubeletRequest =
  | {
      readonly kind: 'exec';
      readonly target: ContainerTarget;
      readonly command: readonly string[];
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
      readonly tty: boolean;
    }
  | { readonly kind: 'logs'; readonly target: ContainerTarget; readonly previous: boolean; readonly options: LogOptions }
  | { readonly kind: 'pods' }
  | { readonly kind: 'healthz' }
  | { readonly kind: 'unknown' };

export interface ContainerTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** What a URL (path and query) asks for. */
export function parseRequest(url: string, nowMs: number): KubeletRequest {
  const { pathname, searchParams } = new URL(url, 'http://kubelet');
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const [verb, namespace, pod, ...rest] = parts;
  if (verb === 'healthz' && parts.length === 1) return { kind: 'healthz' };
  if (verb === 'pods' && parts.length === 1) return { kind: 'pods' };
  // exec has an optional uid between pod and container.
  const container = rest.at(-1);
  if (namespace === undefined || pod === undefined || container === undefined || rest.length > 2) return { kind: 'unknown' };
  const target = { namespace, pod, container };
  if (verb === 'exec') {
    const { stdin, stdout, stderr, tty } = execFlags(searchParams);
    return { kind: 'exec', target, command: searchParams.getAll('command'), stdin, stdout, stderr, tty };
  }
  if (verb === 'containerLogs' && rest.length === 1)
    return { kind: 'logs', target, previous: flag(searchParams, 'previous'), options: logOptions(searchParams, nowMs) };
  return { kind: 'unknown' };
}

/** kubelet's names are input, output, error; the API server's are stdin, stdout, stderr. */
function execFlags(query: URLSearchParams): { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean } {
  const tty = flag(query, 'tty');
  return {
    stdin: flag(query, 'input') || flag(query, 'stdin'),
    stdout: flag(query, 'output') || flag(query, 'stdout'),
    stderr: !tty && (flag(query, 'error') || flag(query, 'stderr')),
    tty,
  };
}

function logOptions(query: URLSearchParams, nowMs: number): LogOptions {
  const sinceSeconds = whole(query.get('sinceSeconds'));
  const sinceTime = Date.parse(query.get('sinceTime') ?? '');
  const sinceMs = sinceSeconds === undefined ? (Number.isNaN(sinceTime) ? undefined : sinceTime) : nowMs - sinceSeconds * 1000;
  const tailLines = whole(query.get('tailLines'));
  const limitBytes = whole(query.get('limitBytes'));
  return {
    follow: flag(query, 'follow'),
    timestamps: flag(query, 'timestamps'),
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(sinceMs !== undefined && { sinceMs }),
  };
}

function flag(query: URLSearchParams, name: string): boolean {
  return ['1', 'true', 'True'].includes(query.get(name) ?? '');
}

function whole(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

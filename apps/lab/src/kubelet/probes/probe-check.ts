/** One probe, done once: by HTTP, TCP or a command. @source Kubernetes core/v1 ProbeHandler */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { describeError, LabError } from '../../errors.ts';
import type { ContainerSpec, Probe } from '../pod/types.ts';

export interface ProbeTarget {
  readonly container: ContainerSpec;
  /** the pod's first address */
  readonly address: string;
  /** run a command in the container, to its exit code */
  readonly exec: (command: readonly string[], timeoutMs: number) => Promise<{ code: number; output: string }>;
}

export type ProbeResult = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** Do a probe; it fails, with the reason, when it takes longer than its time. */
export async function checkProbe(probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  const timeoutMs = Math.max(1, probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.httpGet !== undefined) return await checkHttp(probe.httpGet, target, timeoutMs);
    if (probe.tcpSocket !== undefined)
      return await checkTcp({
        host: probe.tcpSocket.host ?? target.address,
        port: portOf(probe.tcpSocket.port, target.container),
        timeoutMs,
      });
    if (probe.exec !== undefined) {
      const { code, output } = await target.exec(probe.exec.command ?? [], timeoutMs);
      return code === 0 ? { ok: true } : { ok: false, message: output.trim().slice(0, 500) || `exit code ${code}` };
    }
    return { ok: false, message: 'want one of httpGet, tcpSocket, exec' };
  } catch (error) {
    return { ok: false, message: describeError(error) };
  }
}

/** A port by number, or by the name of one of the container's ports. */
function portOf(port: number | string, container: ContainerSpec): number {
  if (typeof port === 'number') return port;
  if (/^\d+$/.test(port)) return Number(port);
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  if (named === undefined) throw new LabError('LAB_POD', `container ${container.name} has no port named ${JSON.stringify(port)}`);
  return named;
}

async function checkHttp(action: NonNullable<Probe['httpGet']>, target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ProbeResult>();
  const isTls = action.scheme?.toUpperCase() === 'HTTPS';
  const request = (isTls ? httpsRequest : httpRequest)({
    host: action.host ?? target.address,
    port: portOf(action.port, target.container),
    path: action.path ?? '/',
    headers: { 'user-agent': 'kube-probe/lab', ...Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value])) },
    agent: false,
    timeout: timeoutMs,
    // As kubelet does: the probe asks whether the container answers, not who it is.
    ...(isTls && { rejectUnauthorized: false }),
  });
  request.once('response', (response) => {
    response.resume();
    const { statusCode = 0 } = response;
    resolve(
      statusCode >= 200 && statusCode < 400 ? { ok: true } : { ok: false, message: `HTTP probe failed with statuscode: ${statusCode}` },
    );
    request.destroy();
  });
  request.once('timeout', () => request.destroy(new LabError('LAB_TIMEOUT', `no answer within ${timeoutMs} ms`)));
  request.once('error', reject);
  request.end();
  return promise;
}

async function checkTcp({ host, port, timeoutMs }: { host: string; port: number; timeoutMs: number }): Promise<ProbeResult> {
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  const socket = connect({ host, port, timeout: timeoutMs });
  socket.once('connect', () => resolve({ ok: true }));
  socket.once('timeout', () => resolve({ ok: false, message: `no connection within ${timeoutMs} ms` }));
  socket.once('error', (error) => resolve({ ok: false, message: error.message }));
  const result = await promise;
  socket.destroy();
  return result;
}

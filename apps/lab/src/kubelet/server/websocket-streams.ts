/**
 * The channels of `exec` over WebSocket: the first byte of a message is its channel.
 * @source Kubernetes remotecommand: v4.channel.k8s.io, v5.channel.k8s.io (channel 255 closes another)
 */

export const PROTOCOLS: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io'];

export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

export type ClientMessage =
  | { readonly kind: 'stdin'; readonly data: Buffer }
  | { readonly kind: 'stdin-end' }
  | { readonly kind: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly kind: 'ignored' };

/** What a client's message says; anything malformed is ignored. */
export function readMessage(message: Buffer): ClientMessage {
  const channel = message[0];
  const data = message.subarray(1);
  if (channel === CHANNEL.stdin) return { kind: 'stdin', data };
  if (channel === CHANNEL.close && data[0] === CHANNEL.stdin) return { kind: 'stdin-end' };
  if (channel === CHANNEL.resize) return readResize(data.toString('utf8'));
  return { kind: 'ignored' };
}

function readResize(text: string): ClientMessage {
  try {
    const { Width, Height } = JSON.parse(text) as { Width?: unknown; Height?: unknown };
    if (isSize(Width) && isSize(Height)) return { kind: 'resize', columns: Width, rows: Height };
  } catch {
    // falls through
  }
  return { kind: 'ignored' };
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536;
}

/** One message on a channel. */
export function frame(channel: number, data: Buffer | string): Buffer {
  return Buffer.concat([Buffer.from([channel]), typeof data === 'string' ? Buffer.from(data) : data]);
}

/** The `metav1.Status` that ends an exec, on the error channel. @source apimachinery remotecommand, NonZeroExitCodeReason */
export function exitStatus(code: number): string {
  if (code === 0) return JSON.stringify({ metadata: {}, status: 'Success' });
  return JSON.stringify({
    metadata: {},
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  });
}

/** The `metav1.Status` of an exec that could not be done. */
export function failureStatus(message: string): string {
  return JSON.stringify({ metadata: {}, status: 'Failure', reason: 'InternalError', message, code: 500 });
}

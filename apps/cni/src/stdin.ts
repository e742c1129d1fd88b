import { readSync } from 'node:fs';
import { cniErrorCodes } from '@kube-ovn/api';
import { CniError } from './errors.ts';

const CHUNK_BYTES = 64 * 1024;
/** A pipe that the runtime opened non-blocking is looked at again after this time, in milliseconds. */
const RETRY_MS = 1;
const STDIN_TIMEOUT_MS = 10_000;

/**
 * Everything on standard input, read synchronously: the event loop would cost milliseconds.
 * @throws {CniError} 5 when it cannot be read, or is larger than `maxBytes`
 */
export function readStdin(maxBytes: number): string {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const length = readChunk(chunk);
    if (length === 0) return Buffer.concat(chunks).toString('utf8');
    size += length;
    if (size > maxBytes) throw new CniError(cniErrorCodes.ioFailure, `standard input is larger than ${maxBytes} bytes`);
    chunks.push(chunk.subarray(0, length));
  }
}

function readChunk(chunk: Buffer): number {
  for (let waited = 0; ; waited += RETRY_MS) {
    try {
      return readSync(0, chunk, 0, chunk.length, null);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // closed by the runtime: the same as empty
      if (code === 'EOF' || code === 'EBADF') return 0;
      if (code !== 'EAGAIN' || waited >= STDIN_TIMEOUT_MS)
        throw new CniError(cniErrorCodes.ioFailure, 'cannot read standard input', String(code ?? error));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

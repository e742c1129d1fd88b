import { HostError } from './errors.ts';
import type { Netns } from './netns/netns.ts';
import { runProgram } from './program.ts';

/** Who answers a connection. */
export interface Answerer {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
}

/** What it says, with an exit status of 1, when no connection was like that. @source conntrack(8) */
const NONE = '0 flow entries have been deleted';

/**
 * Have the kernel forget all connections that this one answers, whatever address they were made to. The next packet of a client is looked at
 * as if it were the first.
 * @throws {HostError} HOST_REFUSED with the first line of complaint; HOST_NOT_FOUND when conntrack is not installed; HOST_TIMEOUT
 */
export async function forgetConnections({ protocol, family, address, port }: Answerer, ns?: Netns): Promise<void> {
  const args = ['-D', '-f', `ipv${family}`, '-p', protocol, '--reply-src', address, '--reply-port-src', String(port)];
  const { code, stderr } = await runProgram({ program: 'conntrack', debianPackage: 'conntrack', args, ns });
  if (code === 0 || stderr.includes(NONE)) return;
  throw new HostError('HOST_REFUSED', 'conntrack', stderr.split('\n')[0] ?? '');
}

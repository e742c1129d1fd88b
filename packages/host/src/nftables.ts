import { HostError } from './errors.ts';
import type { Netns } from './netns/netns.ts';
import { runProgram } from './program.ts';

/**
 * Run an nft script: all of it or nothing takes effect, in one kernel transaction.
 *
 * To replace a whole table without a gap, begin the script with `table inet NAME {}` and `delete table inet NAME`.
 * @param script nft(8) syntax, passed on standard input
 * @throws {HostError} HOST_REFUSED with nft's first line of complaint; HOST_NOT_FOUND when nft is not installed; HOST_TIMEOUT
 */
export async function applyNftables(script: string, ns?: Netns): Promise<void> {
  await nft(['-f', '-'], script, ns);
}

/**
 * A table as nft prints it, or undefined when it does not exist.
 * @param table `inet kube-ovn`
 */
export async function readNftTable(table: { readonly family: string; readonly name: string }, ns?: Netns): Promise<string | undefined> {
  try {
    return await nft(['list', 'table', table.family, table.name], '', ns);
  } catch (error) {
    if (error instanceof HostError && error.code === 'HOST_REFUSED' && error.message.includes('No such file or directory'))
      return undefined;
    throw error;
  }
}

async function nft(args: readonly string[], input: string, ns: Netns | undefined): Promise<string> {
  const { code, stdout, stderr } = await runProgram({ program: 'nft', debianPackage: 'nftables', args, input, ns });
  if (code === 0) return stdout;
  throw new HostError('HOST_REFUSED', 'nft script', stderr.split('\n').slice(0, 3).join(' / '));
}

import { HostError } from './errors.ts';
import { runProgram } from './program.ts';

/**
 * Have a bridge hold these OpenFlow rules and no others. What differs alone is sent, all of it or nothing.
 *
 * @param bridge path of its management socket, `/run/openvswitch/br0.mgmt`
 * @param rules in the syntax of ovs-ofctl(8), one each
 * @throws {HostError} HOST_REFUSED with the first line of complaint; HOST_NOT_FOUND when ovs-ofctl is not installed; HOST_TIMEOUT
 * @source ovs-ofctl(8) replace-flows, --bundle
 */
export async function replaceFlows(bridge: string, rules: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram({
    program: 'ovs-ofctl',
    debianPackage: 'openvswitch-switch',
    args: ['--protocols=OpenFlow14', '--bundle', '--timeout=8', 'replace-flows', `unix:${bridge}`, '-'],
    input: rules.map((rule) => `${rule}\n`).join(''),
    ns: undefined,
  });
  if (code !== 0) throw new HostError('HOST_REFUSED', bridge, stderr.split('\n').slice(0, 2).join(' / '));
}

/**
 * What ovn-controller reads on this node: keys of `Open_vSwitch.external_ids`.
 *
 * Reads: the node's configuration, what the database holds. Wants: the chassis' name, where the Southbound database is, how tunnels
 * are built. A name that the installation gave is kept; so are the remote and the datapath when no flag sets them.
 * @source ovn-controller(8), CONFIGURATION
 */
import { SINGLETON_KEY, type Fragment } from '@kube-ovn/ovsdb';

/** Kind of tunnel between nodes. */
export type TunnelType = 'geneve' | 'vxlan' | 'stt';

/** What the chassis depends on. */
export interface ChassisInput {
  /** `external_ids:system-id` in the database. */
  readonly systemId: string | undefined;
  /** Name for a chassis that has none. */
  readonly newSystemId: string;
  readonly hostname: string;
  /** Southbound database; undefined keeps what is there. */
  readonly remote: string | undefined;
  readonly tunnelType: TunnelType;
  /** Addresses of the tunnels, the default one first; empty while none is known. */
  readonly encapAddresses: readonly string[];
  readonly encapChecksum: boolean;
  /** `netdev` is the userspace datapath; undefined keeps what is there. */
  readonly datapathType: 'system' | 'netdev' | undefined;
}

const REMOTE_PROBE_MS = 10_000;
/** ovn-controller counts this one in seconds. */
const OPENFLOW_PROBE_S = 180;

/** Name under which the node's fragments are known to the planner. */
export const CHASSIS_OWNER = 'chassis';

/** The name of the chassis on this node. */
export function chassisName(input: Pick<ChassisInput, 'systemId' | 'newSystemId'>): string {
  return input.systemId === undefined || input.systemId === '' ? input.newSystemId : input.systemId;
}

/** What the database shall hold about this chassis. */
export function chassisFragment(input: ChassisInput): Fragment {
  const [first] = input.encapAddresses;
  const map: Record<string, string> = {
    'system-id': chassisName(input),
    hostname: input.hostname,
    'ovn-bridge': 'br-int',
    'ovn-encap-type': input.tunnelType,
    'ovn-remote-probe-interval': String(REMOTE_PROBE_MS),
    'ovn-openflow-probe-interval': String(OPENFLOW_PROBE_S),
    'ovn-match-northd-version': 'true',
    ...(input.remote === undefined ? {} : { 'ovn-remote': input.remote }),
    ...(input.datapathType === undefined ? {} : { 'ovn-bridge-datapath-type': input.datapathType }),
    ...(first === undefined
      ? {}
      : { 'ovn-encap-ip': input.encapAddresses.join(','), 'ovn-encap-ip-default': first, 'ovn-encap-csum': String(input.encapChecksum) }),
  };
  return { rows: [], members: [{ table: 'Open_vSwitch', key: SINGLETON_KEY, column: 'external_ids', map }] };
}

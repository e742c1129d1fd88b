/**
 * `main.ts dpdk plan|apply|undo`: command line → what to do with DPDK on this node.
 */
import { parseArgs } from 'node:util';
import { ConfigError } from '../config.ts';

/** What the command is told. */
export interface DpdkCommand {
  readonly action: 'plan' | 'apply' | 'undo';
  /** The wish, as JSON; undefined for undo. */
  readonly wishFile: string | undefined;
  /** Where the way back is noted. */
  readonly recordFile: string;
  readonly ovsSocket: string;
  /** Where /sys and /proc of the host are found. */
  readonly hostRoot: string;
}

const ACTIONS = ['plan', 'apply', 'undo'] as const;

/** Shown by `dpdk --help`. */
export const DPDK_HELP: string = `kube-ovn daemon, command dpdk: hugepages, network cards and Open vSwitch's settings for DPDK on this node. Runs as root, before ovs-vswitchd starts
and once more when it runs, for the ports; repeated, it changes nothing.

  dpdk plan   --wish FILE     say what would be done, and do nothing
  dpdk apply  --wish FILE     do it
  dpdk undo                   take back what apply did

  --wish FILE                 JSON with the fields of DpdkWish: {"socketMemoryMib": 1024, "ports": [{"kind": "pci", "name": "uplink", ...}]}
  --record FILE               where apply notes the way back (default: /var/lib/kube-ovn/dpdk.json)
  --ovs-socket REMOTE         Open_vSwitch database (default: unix:/run/openvswitch/db.sock)
  --host-root DIR             where /sys and /proc of the host are found (default: /)
`;

const options = {
  wish: { type: 'string' },
  record: { type: 'string', default: '/var/lib/kube-ovn/dpdk.json' },
  'ovs-socket': { type: 'string', default: 'unix:/run/openvswitch/db.sock' },
  'host-root': { type: 'string', default: '/' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/**
 * Read the arguments behind `dpdk`.
 * @throws {ConfigError}
 */
export function parseDpdkCommand(args: readonly string[]): DpdkCommand | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [word = '', ...rest] = positionals;
  const action = ACTIONS.find((each) => each === word);
  if (action === undefined || rest.length > 0)
    throw new ConfigError(`dpdk ${JSON.stringify(positionals.join(' '))}: must be one of ${ACTIONS.join(', ')}`);
  if (action !== 'undo' && values.wish === undefined) throw new ConfigError(`dpdk ${action}: --wish is missing; it names a file`);
  return {
    action,
    wishFile: values.wish,
    recordFile: values.record,
    ovsSocket: values['ovs-socket'],
    hostRoot: values['host-root'],
  };
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}; dpdk --help lists all flags`);
  }
}

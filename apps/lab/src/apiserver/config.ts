/** The command line of the API server. */
import { parseArgs } from 'node:util';

/** Settings, after defaults. */
export interface Config {
  readonly dir: string;
  readonly port: number;
  readonly serviceClusterIpRange: string;
  readonly advertise: { readonly address: string; readonly port: number };
  readonly historyLimit: number;
  readonly dataFile?: string;
}

/** Shown by --help and beside a mistake. */
export const usage: string = `usage: main.ts --dir DIR [options]
  --dir DIR                         where credentials and admin.kubeconfig are kept
  --port PORT                       TCP port on 127.0.0.1; 0 takes a free one (default 0)
  --service-cluster-ip-range CIDR   v4, v6 or v4,v6 (default 10.96.0.0/12)
  --advertise ADDRESS:PORT          where pods reach this server (default 10.255.0.100:6443)
  --data FILE                       keep the objects in this file over restarts (default: in memory alone)
  --history N                       changes kept per resource for watches (default 2048)`;

/** Read the arguments. @throws {Error} naming the flag, its value and what it takes */
export function readConfig(args: readonly string[]): Config {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: { type: 'string' },
      port: { type: 'string', default: '0' },
      'service-cluster-ip-range': { type: 'string', default: '10.96.0.0/12' },
      advertise: { type: 'string', default: '10.255.0.100:6443' },
      data: { type: 'string' },
      history: { type: 'string', default: '2048' },
    },
  });
  if (values.dir === undefined || values.dir === '')
    throw new Error('--dir: is required: the directory for credentials and admin.kubeconfig');
  return {
    dir: values.dir,
    port: integer('--port', values.port, [0, 65_535]),
    serviceClusterIpRange: values['service-cluster-ip-range'],
    advertise: endpoint(values.advertise),
    historyLimit: integer('--history', values.history, [16, 1_000_000]),
    ...(values.data === undefined ? {} : { dataFile: values.data }),
  };
}

function integer(flag: string, text: string, [least, most]: readonly [number, number]): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new Error(`${flag}: "${text}" is not an integer from ${least} to ${most}`);
  return value;
}

function endpoint(text: string): { address: string; port: number } {
  const parsed = /^\[?([0-9a-fA-F:.]+?)\]?:(\d+)$/.exec(text);
  if (parsed === null) throw new Error(`--advertise: "${text}" is not ADDRESS:PORT`);
  return { address: parsed[1] ?? '', port: integer('--advertise', parsed[2] ?? '', [1, 65_535]) };
}

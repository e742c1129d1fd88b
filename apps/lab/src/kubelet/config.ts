/** Flags of the kubelet: pure. */
import { parseArgs } from 'node:util';
import { describeError, LabError } from '../errors.ts';

export interface KubeletConfig {
  readonly node: string;
  readonly kubeconfig: string;
  readonly addresses: readonly string[];
  readonly managementAddress: string;
  readonly socket: string;
  readonly cniConfDir: string;
  readonly cniBinDirs: readonly string[];
  readonly root: string;
  readonly namespacePrefix: string;
  readonly clusterDns: readonly string[];
}

export const KUBELET_USAGE = `usage: main.ts --node NAME --kubeconfig FILE --node-ip ADDRESS[,ADDRESS] --management-ip ADDRESS --listen-unix PATH
  --cni-conf-dir DIR --cni-bin-dir DIR[,DIR] --root DIR --netns-prefix PREFIX [--cluster-dns ADDRESS[,ADDRESS]]

A kubelet for the lab. It runs inside its node's network namespace (nsenter --net) and in the machine's mount namespace.`;

/** @throws {LabError} LAB_USAGE naming the flag */
export function parseKubeletConfig(args: readonly string[]): KubeletConfig {
  const names = [
    'node',
    'kubeconfig',
    'node-ip',
    'management-ip',
    'listen-unix',
    'cni-conf-dir',
    'cni-bin-dir',
    'root',
    'netns-prefix',
  ] as const;
  const flags = readFlags([...args], [...names, 'cluster-dns']);
  const need = (name: (typeof names)[number]): string => {
    const value = flags[name];
    if (value === undefined || value === '') throw new LabError('LAB_USAGE', `--${name} is missing`);
    return value;
  };
  const list = (text: string): readonly string[] => text.split(',').filter((part) => part !== '');
  return {
    node: need('node'),
    kubeconfig: need('kubeconfig'),
    addresses: list(need('node-ip')),
    managementAddress: need('management-ip'),
    socket: need('listen-unix'),
    cniConfDir: need('cni-conf-dir'),
    cniBinDirs: list(need('cni-bin-dir')),
    root: need('root'),
    namespacePrefix: need('netns-prefix'),
    clusterDns: list(flags['cluster-dns'] ?? ''),
  };
}

function readFlags(args: string[], names: readonly string[]): Readonly<Record<string, string | undefined>> {
  try {
    return parseArgs({ args, options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])), strict: true })
      .values as Record<string, string | undefined>;
  } catch (cause) {
    throw new LabError('LAB_USAGE', describeError(cause), { cause });
  }
}

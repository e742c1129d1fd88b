/**
 * Names, addresses and paths of one lab, computed from its options.
 *
 * Everything that the lab makes on the machine is named here, and nowhere else, so that taking a lab down
 * (`teardown.ts`) and looking for leftovers (`leftovers.ts`) can't disagree with what was made.
 */
import { join } from 'node:path';
import { LabError } from '../errors.ts';

/** Which address families pods and nodes use. */
export type Families = 'ipv4' | 'ipv6' | 'dual';

export interface LabShape {
  /** 1 to 8 lower-case letters and digits; the prefix of every namespace */
  readonly name: string;
  /** number of nodes, 1 to 9 */
  readonly nodes: number;
  /** three-member RAFT databases instead of standalone ones */
  readonly raft: boolean;
  readonly families: Families;
}

export interface NodeLayout {
  readonly index: number;
  /** name of the Node object and of the chassis */
  readonly name: string;
  /** name of the network namespace */
  readonly namespace: string;
  readonly dir: string;
  readonly ovsSocket: string;
  readonly managementAddress: string;
  readonly underlayAddress: string;
  readonly underlayAddress6: string;
  readonly uplinkMac: string;
  /** second interface, which leads to the physical network */
  readonly physicalNic: string;
  readonly physicalAddress: string;
  readonly physicalAddress6: string;
  readonly cniConfDir: string;
  readonly daemonSocket: string;
  readonly kubeletSocket: string;
}

export interface Layout extends LabShape {
  readonly dir: string;
  readonly manifest: string;
  readonly logDir: string;
  readonly central: {
    readonly namespace: string;
    readonly dir: string;
    readonly addresses: readonly string[];
    readonly apiAddress: string;
  };
  readonly underlayNamespace: string;
  readonly outside: {
    readonly namespace: string;
    readonly underlayAddress: string;
    readonly underlayAddress6: string;
    readonly host: string;
    readonly host6: string;
  };
  /** the switch of the physical network, and a host on each VLAN that it carries; 0 is untagged */
  readonly trunk: {
    readonly dir: string;
    readonly ovsSocket: string;
    readonly hosts: readonly TrunkHost[];
  };
  readonly nodeList: readonly NodeLayout[];
}

/** A host outside on one VLAN of the physical network, with the first address of its blocks. */
export interface TrunkHost {
  readonly vlan: number;
  readonly namespace: string;
  readonly address: string;
  readonly address6: string;
}

/** Folder that holds one folder per running lab. */
export const STATE_ROOT = '/run/kube-ovn-lab';
/** Where iproute2 keeps named network namespaces (ip-netns(8)). */
export const NETNS_DIR = '/run/netns';
/** Environment variable that every process of a lab carries; its value is the lab's folder. */
export const MARKER = 'KUBE_OVN_LAB';
/** MTU of the underlay, in bytes: 100 more than a pod's 1500, for Geneve. */
export const UNDERLAY_MTU = 1600;
/** Bridge of the node that holds its address on the underlay; Geneve leaves through it. */
export const UPLINK_BRIDGE = 'br-phy';
/** Port of the API server's relay in the central namespace. */
export const API_PORT = 6443;

/**
 * Compute the layout of a lab.
 *
 * @throws {LabError} LAB_USAGE when the name or the number of nodes is out of range
 */
export function layoutOf(shape: LabShape, stateRoot: string = STATE_ROOT): Layout {
  if (!/^[a-z][a-z0-9]{0,7}$/.test(shape.name)) {
    throw new LabError('LAB_USAGE', `--name ${JSON.stringify(shape.name)}: want 1 to 8 lower-case letters and digits, a letter first`);
  }
  if (!Number.isInteger(shape.nodes) || shape.nodes < 1 || shape.nodes > 9) {
    throw new LabError('LAB_USAGE', `--nodes ${shape.nodes}: want a whole number from 1 to 9`);
  }
  const dir = join(stateRoot, shape.name);
  return {
    ...shape,
    dir,
    manifest: join(dir, 'manifest.jsonl'),
    logDir: join(dir, 'logs'),
    central: {
      namespace: `${shape.name}-c`,
      dir: join(dir, 'central'),
      addresses: shape.raft ? ['10.255.0.101', '10.255.0.102', '10.255.0.103'] : ['10.255.0.100'],
      apiAddress: '10.255.0.100',
    },
    underlayNamespace: `${shape.name}-ul`,
    outside: {
      namespace: `${shape.name}-out`,
      underlayAddress: '10.254.0.254',
      underlayAddress6: 'fd00:10:254::fe',
      host: '203.0.113.10',
      host6: '2001:db8:113::10',
    },
    trunk: {
      dir: join(dir, 'trunk'),
      ovsSocket: join(dir, 'trunk', 'db.sock'),
      hosts: [0, 10, 20].map((vlan) => ({
        vlan,
        namespace: `${shape.name}-v${vlan}`,
        address: `172.31.${vlan}.1`,
        address6: `fd00:172:31:${vlan}::1`,
      })),
    },
    nodeList: Array.from({ length: shape.nodes }, (_, i) => nodeLayout(shape.name, dir, i + 1)),
  };
}

function nodeLayout(lab: string, labDir: string, index: number): NodeLayout {
  const dir = join(labDir, `n${index}`);
  return {
    index,
    name: `node${index}`,
    namespace: `${lab}-n${index}`,
    dir,
    ovsSocket: join(dir, 'db.sock'),
    managementAddress: `10.255.0.${index}`,
    underlayAddress: `10.254.0.${index}`,
    underlayAddress6: `fd00:10:254::${index}`,
    uplinkMac: `02:fe:00:00:00:0${index}`,
    physicalNic: 'eth1',
    physicalAddress: `172.31.0.20${index}`,
    physicalAddress6: `fd00:172:31::20${index}`,
    cniConfDir: join(dir, 'cni', 'net.d'),
    daemonSocket: join(dir, 'kube-ovn-daemon.sock'),
    kubeletSocket: join(dir, 'kubelet.sock'),
  };
}

/** The addresses of a node in the families that the lab uses, IPv4 first. */
export function nodeAddresses(layout: Layout, node: NodeLayout): readonly string[] {
  return [...(layout.families === 'ipv6' ? [] : [node.underlayAddress]), ...(layout.families === 'ipv4' ? [] : [node.underlayAddress6])];
}

/** The addresses of the outside host in the families that the lab uses, IPv4 first. */
export function outsideAddresses(layout: Layout): readonly string[] {
  return [...(layout.families === 'ipv6' ? [] : [layout.outside.host]), ...(layout.families === 'ipv4' ? [] : [layout.outside.host6])];
}

/** Whether a named network namespace belongs to the lab of that name: its own, its nodes', its pods', or that of a host on a VLAN. */
export function isNamespaceOf(lab: string, namespace: string): boolean {
  if (!namespace.startsWith(`${lab}-`)) return false;
  return /^(c|ul|out|v[0-9]{1,4}|n[1-9]|p-[0-9a-z]{1,32})$/.test(namespace.slice(lab.length + 1));
}

/** `unix:` remotes of a central database for programs in the root namespace. */
export function centralRemotes(layout: Layout, database: 'nb' | 'sb'): readonly string[] {
  return databaseMembers(layout).map((member) => `unix:${join(layout.central.dir, `${database}${member}.sock`)}`);
}

/** `tcp:` remotes of the Southbound database for chassis. */
export function southboundRemote(layout: Layout): string {
  return layout.central.addresses.map((address) => `tcp:${address}:6642`).join(',');
}

/** Suffixes of the members of a central database: one empty suffix when standalone, else 1 to 3. */
export function databaseMembers(layout: Layout): readonly string[] {
  return layout.raft ? ['1', '2', '3'] : [''];
}

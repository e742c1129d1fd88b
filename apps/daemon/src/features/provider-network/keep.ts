/**
 * Bring the physical networks of the node to what is wanted: one pass over them, to be done again and again.
 *
 * The database is what tells which networks the node has; nothing is remembered, so a daemon that starts goes on where another one ended. An
 * interface joins its bridge first and the node's network follows at once; on the way back OVN lets go first, then the node's network
 * returns, and the bridge goes last. One that fails is left alone for a while and keeps nobody else from theirs.
 */
import type { Link, Rtnl } from '@kube-ovn/host';
import type { SourceTable } from '@kube-ovn/dataflow';
import type { NicGuard } from './guard.ts';
import type { NetworkState } from './labels.formula.ts';
import { moveNetwork, type MovingRtnl } from './move.ts';
import type { NetworkPlan, NodeNetwork } from './provider-network.formula.ts';

/** What a bridge takes over from its interface. */
export interface NicFacts {
  readonly mac: string;
  readonly mtuBytes: number;
}

/** A network as the database has it. */
export type PresentNetwork = Omit<NodeNetwork, 'vlans'>;

/** What Open vSwitch has of them. */
export interface NetworkBridges {
  /** Networks of ours, ready or not. */
  present(): readonly PresentNetwork[];
  /** The interface is a port of the bridge already, whoever has made it. */
  hasUplink(network: NodeNetwork): boolean;
  /** Why things of others are in the way. */
  objection(network: NodeNetwork): string | undefined;
  /** Make the bridge with its own port, or bring it to these facts. */
  makeBridge(network: NodeNetwork, facts: NicFacts): Promise<void>;
  /**
   * Make the interface a port of the bridge.
   * @returns what is waited for; undefined once Open vSwitch uses both ports
   * @throws {Error} what Open vSwitch has against them
   */
  addUplink(network: NodeNetwork): Promise<string | undefined>;
  /** Tell OVN of these bridges. */
  map(networks: readonly PresentNetwork[]): Promise<void>;
  /** Let OVN forget the bridge. */
  unmap(network: PresentNetwork): Promise<void>;
  remove(network: PresentNetwork): Promise<void>;
}

export type KeptRtnl = MovingRtnl & Pick<Rtnl, 'links' | 'changeLink'>;

export interface KeeperOptions {
  /** By name of the network. */
  readonly states: SourceTable<NetworkState>;
  readonly bridges: NetworkBridges;
  readonly open: () => KeptRtnl & Disposable;
  /** Undefined where the kernel needs no guard. */
  readonly guard: () => NicGuard | undefined;
  /** A bridge listens to routers as its interface did. */
  readonly prepare: (network: NodeNetwork) => void;
  /** Whether the API server says of this very network that it is not there; a list that lacks it may be one that a sick server gave. */
  readonly isDeleted: (network: string) => Promise<boolean>;
  readonly now: () => number;
}

/** How long an interface is left alone after a failure. */
const AGAIN_MS = 30_000;

/** @returns the work; it answers whether all is as wanted */
export function networkKeeper(options: KeeperOptions): (plan: NetworkPlan) => Promise<boolean> {
  const { states, bridges } = options;
  const notBefore = new Map<string, number>();
  /** Those whose bridges have the node's network; undefined before the first pass, when all that are there are taken for such. */
  let moved: Set<string> | undefined;
  const isEarly = (name: string): boolean => (notBefore.get(name) ?? 0) > options.now();
  const tell = ({ name, nic }: PresentNetwork, told: Partial<NetworkState>): void =>
    states.set(name, { nic, mtuBytes: 0, reason: undefined, ...told });
  const failed = (network: PresentNetwork, error: unknown): void => {
    notBefore.set(network.name, options.now() + AGAIN_MS);
    tell(network, { reason: textOf(error) });
  };
  const isReady = ({ name }: PresentNetwork): boolean => states.has(name) && states.peek(name)?.reason === undefined;
  return async (plan) => {
    const { wanted } = plan;
    using node = options.open();
    moved ??= new Set(bridges.present().map(({ name }) => name));
    for (const network of surplus(wanted)) {
      if (isEarly(network.name)) continue;
      try {
        if (!isKnown(plan, network)) await mustBeDeleted(network);
        await giveBack(node, network);
      } catch (error) {
        failed(network, error);
      }
    }
    for (const network of wanted) {
      if (isEarly(network.name)) continue;
      try {
        tell(network, await join(node, network));
        notBefore.delete(network.name);
      } catch (error) {
        failed(network, await leave(node, network, error));
      }
    }
    const known = new Set([...wanted, ...bridges.present()].map(({ name }) => name));
    for (const name of [...states.keys(), ...notBefore.keys()]) if (!known.has(name)) forget(name);
    await bridges.map(wanted.filter(isReady));
    await options.guard()?.set(await nicsToGuard(node));
    return wanted.every(isReady) && surplus(wanted).length === 0;
  };

  function surplus(wanted: readonly NodeNetwork[]): readonly PresentNetwork[] {
    return bridges.present().filter((network) => !wanted.some(({ name, nic }) => name === network.name && nic === network.nic));
  }

  function forget(name: string): void {
    states.delete(name);
    notBefore.delete(name);
  }

  /** Interfaces without the node's network, as far as they are there. */
  async function nicsToGuard(node: KeptRtnl): Promise<readonly string[]> {
    const links = new Set((await node.links()).map(({ name }) => name));
    return bridges.present().flatMap(({ name, nic }) => (moved?.has(name) === true && links.has(nic) ? [nic] : []));
  }

  async function join(node: KeptRtnl, network: NodeNetwork): Promise<Partial<NetworkState>> {
    const { name, nic, bridge } = network;
    const uplink = await node.link(nic);
    if (uplink === undefined) return { reason: `interface ${nic} is not on this node` };
    const isNew = !bridges.present().some((each) => each.name === name) && !bridges.hasUplink(network);
    const reason = bridges.objection(network) ?? (isNew ? await unfit(node, uplink) : undefined);
    if (reason !== undefined) return { reason };
    await bridges.makeBridge(network, { mac: uplink.mac, mtuBytes: uplink.mtuBytes });
    const local = await node.link(bridge);
    if (local === undefined) return { reason: `bridge ${bridge} is being made` };
    options.prepare(network);
    await bringUp(node, local);
    const awaited = await bridges.addUplink(network);
    if (awaited !== undefined) return { reason: awaited };
    await bringUp(node, uplink);
    await moveNetwork(node, { from: nic, to: bridge });
    moved?.add(name);
    // the bridge stays; whoever may go by another node is told not to come here
    const isCut = (await node.link(nic))?.lowerUp === false;
    return { mtuBytes: uplink.mtuBytes, reason: isCut ? `interface ${nic} has no carrier` : undefined };
  }

  /** After a failure the interface is the node's again. @returns the whole story */
  async function leave(node: KeptRtnl, network: NodeNetwork, error: unknown): Promise<unknown> {
    try {
      if (bridges.present().some(({ name }) => name === network.name)) await giveBack(node, network);
      return error;
    } catch (second) {
      return new Error(`${textOf(error)}; and giving ${network.nic} back failed: ${textOf(second)}`, { cause: error });
    }
  }

  /** @throws {Error} why it can not be known; the bridge stays then */
  async function mustBeDeleted({ name, bridge }: PresentNetwork): Promise<void> {
    const unknown = `bridge ${bridge} stays until the API server has said that ProviderNetwork ${name} is deleted`;
    const isDeleted = await options.isDeleted(name).catch((cause: unknown) => {
      throw new Error(`${unknown}: ${textOf(cause)}`, { cause });
    });
    if (!isDeleted) throw new Error(`${unknown}: it is still there`);
  }

  /** The bridge stays until the node's network is back on the interface. */
  async function giveBack(node: KeptRtnl, network: PresentNetwork): Promise<void> {
    const { name, nic, bridge } = network;
    await bridges.unmap(network);
    const [uplink, local] = [await node.link(nic), await node.link(bridge)];
    if (uplink !== undefined) {
      await options.guard()?.free(nic);
      await bringUp(node, uplink);
      if (local !== undefined) await moveNetwork(node, { from: bridge, to: nic });
    } else if (local !== undefined) {
      const [first] = (await node.belongings(bridge)).items;
      if (first !== undefined) throw new Error(`interface ${nic} is gone; bridge ${bridge} stays with ${first.name}`);
    }
    moved?.delete(name);
    await bridges.remove(network);
  }
}

/** Its object is there, so what is wanted of this node is known. */
function isKnown({ wanted, refused, excluded }: NetworkPlan, { name }: PresentNetwork): boolean {
  return refused.has(name) || excluded.includes(name) || wanted.some((network) => network.name === name);
}

/** Interfaces of networks that have no carrier, as one text. */
export async function withoutCarrier(open: KeeperOptions['open'], networks: readonly PresentNetwork[]): Promise<string> {
  if (networks.length === 0) return '';
  using node = open();
  const links = await Promise.all(networks.map(({ nic }) => node.link(nic)));
  return links.flatMap((link) => (link?.lowerUp === false ? [link.name] : [])).join();
}

/** Why an interface can not become a port of a bridge. */
async function unfit(node: KeptRtnl, { name, mac, master }: Link): Promise<string | undefined> {
  if (/^(00:)*00$|^$/.test(mac)) return `interface ${name} has no MAC address`;
  const above = master === undefined ? undefined : (await node.links()).find(({ index }) => index === master);
  if (above !== undefined) return `interface ${name} is a port of ${above.name}`;
  const [fixed] = (await node.belongings(name)).fixed;
  return fixed === undefined ? undefined : `${fixed} goes by several next hops, so it can not be moved away from interface ${name}`;
}

async function bringUp(node: KeptRtnl, { name, up }: Link): Promise<void> {
  if (!up) await node.changeLink(name, { up: true });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

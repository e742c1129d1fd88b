/**
 * OVN's judgement of a packet by its ACLs: what is sent passes the from-lport rules of the switch that its sender's port is on, and the
 * to-lport rules of every switch on its way.
 *
 * @source ovn-nb(5) ACL; ovn-northd(8), Logical Switch Datapaths, "Ingress Table: from-lport ACL evaluation" before and after LB,
 *   "Egress Table: to-lport ACL evaluation"
 */
import { parseMatch } from '@kube-ovn/ovn-model/testing';
import type { Match } from '@kube-ovn/ovn-model';
import { matches, type Packet } from './matching.ts';
import type { AclRow, Northbound } from './northbound.ts';

/** A logical switch port. */
export interface PortPlace {
  readonly port: string;
  readonly switch: string;
}

/** A packet on its way: between two ports of our own, or to or from one of them through a router. */
export interface Journey {
  readonly packet: Packet;
  readonly from?: PortPlace;
  readonly to?: PortPlace;
  /** Name of the port of a switch that leads to its router. */
  readonly routerPort: (logicalSwitch: string) => string;
}

/** Which rule dropped the packet, or that it arrived, and by which rules it was let through. */
export interface Passage {
  readonly action: 'allow' | 'deny';
  readonly by: readonly AclRow[];
}

/** A pipeline that is ready to judge: expressions are parsed once. */
export class AclPipeline {
  readonly #northbound: Northbound;
  readonly #switchOf: (port: string) => string | undefined;
  readonly #parsed = new Map<string, Match>();

  /** @param switchOf the switch that a port is on: the rules of a port group hold on the switches of its ports */
  constructor(northbound: Northbound, switchOf: (port: string) => string | undefined) {
    this.#northbound = northbound;
    this.#switchOf = switchOf;
    for (const { match } of northbound.acls) this.#parsed.set(match, parseMatch(match));
  }

  /** Send a packet. */
  judge({ packet, from, to, routerPort }: Journey): Passage {
    const hops: { readonly name: string; readonly inport: string; readonly outport: string }[] = [];
    if (from !== undefined) {
      const isLocal = from.switch === to?.switch;
      hops.push({ name: from.switch, inport: from.port, outport: isLocal ? to.port : routerPort(from.switch) });
    }
    if (to !== undefined && from?.switch !== to.switch) hops.push({ name: to.switch, inport: routerPort(to.switch), outport: to.port });
    const by: AclRow[] = [];
    for (const { name, inport, outport } of hops) {
      const rules = this.#northbound.acls.filter((acl) => this.#isOn(acl, name));
      for (const rule of rules) this.#checkGroups(rule, name);
      const stages = [
        { rules: rules.filter((acl) => acl.direction === 'from-lport' && !acl.isAfterLb), fields: { inport } },
        { rules: rules.filter((acl) => acl.direction === 'from-lport' && acl.isAfterLb), fields: { inport } },
        { rules: rules.filter((acl) => acl.direction === 'to-lport'), fields: { inport, outport } },
      ];
      for (const stage of stages) {
        const decisive = this.#decide(stage.rules, { ...packet, ...stage.fields });
        if (decisive === undefined) continue;
        if (!decisive.action.startsWith('allow')) return { action: 'deny', by: [decisive] };
        by.push(decisive);
      }
    }
    return { action: 'allow', by };
  }

  #isOn({ holder }: AclRow, logicalSwitch: string): boolean {
    return holder.table === 'Logical_Switch' ? holder.key === logicalSwitch : this.#hasPortOn(holder.key, logicalSwitch);
  }

  #hasPortOn(portGroup: string, logicalSwitch: string): boolean {
    const ports = this.#northbound.portGroups.get(portGroup) ?? [];
    return [...ports].some((port) => this.#switchOf(port) === logicalSwitch);
  }

  /**
   * A port group is known on the switches of its ports alone: on another, OVN refuses an expression that names it, and the whole rule is
   * lost there.
   *
   * @source ovn-sb(5) Port_Group.name: a row per port group and datapath; ovn-trace says "expecting port group name"
   */
  #checkGroups({ key, match }: AclRow, logicalSwitch: string): void {
    const lost = (match.match(/(?<=@)[\w.]+/g) ?? []).find((group) => !this.#hasPortOn(group, logicalSwitch));
    if (lost !== undefined)
      throw new Error(`ACL ${key}: @${lost} has no port on ${logicalSwitch}, where OVN loses the rule for it: ${match}`);
  }

  /**
   * The rule that decides: of each tier in turn, the one with the highest priority that matches; `pass` and the lack of one lead on to
   * the next tier.
   *
   * @throws {Error} when rules of equal priority and different actions match: which of them OVN takes is undefined
   */
  #decide(rules: readonly AclRow[], packet: Packet): AclRow | undefined {
    const hits = rules.filter(({ match }) => matches(this.#parsed.get(match) ?? parseMatch(match), packet, this.#northbound));
    for (const tier of [0, 1, 2, 3]) {
      const inTier = hits.filter((acl) => acl.tier === tier);
      const highest = Math.max(...inTier.map(({ priority }) => priority));
      const best = inTier.filter(({ priority }) => priority === highest);
      const [first] = best;
      if (first === undefined) continue;
      const rival = best.find(({ action }) => meaning(action) !== meaning(first.action));
      if (rival !== undefined)
        throw new Error(`${first.key} and ${rival.key} both match ${JSON.stringify(packet)} with priority ${highest}`);
      if (first.action !== 'pass') return first;
    }
    return undefined;
  }
}

function meaning(action: string): string {
  return action.startsWith('allow') ? 'allow' : action === 'reject' ? 'drop' : action;
}

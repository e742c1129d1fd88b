import { AttrStream, FlagsNew, rt } from 'netlink';
import { AF_INET, AF_INET6, addressText, familyOf, prefixBytes } from '../address.ts';
import { isHostError } from '../errors.ts';
import type { RtnlSocket } from './socket.ts';

/** A rule that sends matching packets to a routing table. @source ip-rule(8) */
export interface Rule {
  /** 4 or 6. */
  readonly family: 4 | 6;
  /** Lower is looked at first. */
  readonly priority: number;
  readonly table: number;
  /** Source prefix. */
  readonly from?: string;
  /** Destination prefix. */
  readonly to?: string;
  /** Packet mark. */
  readonly mark?: number;
}

/** Rules that look up a table, both families. */
export async function dumpRules(socket: RtnlSocket): Promise<readonly Rule[]> {
  const found: Rule[] = [];
  for (const family of [AF_INET, AF_INET6]) {
    // one after the other: two dumps at once on one socket are refused
    const messages = await socket.dump({
      type: rt.MessageType.GETRULE,
      body: ruleMessage({ family }, {}),
      subject: { object: 'rules', action: 'list' },
    });
    for (const message of messages) {
      const { data, attrs } = rt.parseRuleMessage(message.data);
      found.push({
        family: data.family === AF_INET ? 4 : 6,
        priority: attrs.priority ?? 0,
        table: attrs.table ?? data.table ?? 0,
        ...(attrs.src === undefined ? {} : { from: `${addressText(attrs.src)}/${data.srcLen ?? 0}` }),
        ...(attrs.dst === undefined ? {} : { to: `${addressText(attrs.dst)}/${data.dstLen ?? 0}` }),
        ...(attrs.fwmark === undefined ? {} : { mark: attrs.fwmark }),
      });
    }
  }
  return found;
}

/** @returns false when the same rule is there already */
export async function addRule(socket: RtnlSocket, rule: Rule): Promise<boolean> {
  try {
    await socket.request({
      type: rt.MessageType.NEWRULE,
      body: oneRule(rule),
      flags: FlagsNew.CREATE | FlagsNew.EXCL,
      subject: { object: describe(rule), action: 'add' },
    });
    return true;
  } catch (error) {
    if (isHostError(error, 'HOST_EXISTS')) return false;
    throw error;
  }
}

/** @returns false when there is no such rule */
export async function deleteRule(socket: RtnlSocket, rule: Rule): Promise<boolean> {
  try {
    await socket.request({ type: rt.MessageType.DELRULE, body: oneRule(rule), subject: { object: describe(rule), action: 'delete' } });
    return true;
  } catch (error) {
    if (isHostError(error, 'HOST_NOT_FOUND')) return false;
    throw error;
  }
}

function describe(rule: Rule): string {
  return `rule ${rule.priority} from ${rule.from ?? 'all'} table ${rule.table}`;
}

function oneRule(rule: Rule): Uint8Array[] {
  const from = rule.from === undefined ? undefined : prefixBytes(rule.from);
  const to = rule.to === undefined ? undefined : prefixBytes(rule.to);
  const family = from === undefined ? (rule.family === 4 ? AF_INET : AF_INET6) : familyOf(from.bytes);
  return ruleMessage(
    { family, action: 'toTbl', table: rule.table < 256 ? rule.table : 0, srcLen: from?.length ?? 0, dstLen: to?.length ?? 0 },
    {
      priority: rule.priority,
      table: rule.table,
      ...(from === undefined ? {} : { src: from.bytes }),
      ...(to === undefined ? {} : { dst: to.bytes }),
      ...(rule.mark === undefined ? {} : { fwmark: rule.mark }),
    },
  );
}

type RuleMessage = Parameters<typeof rt.formatRuleMessage>[0];

function ruleMessage(data: RuleMessage['data'], attrs: RuleMessage['attrs']): Uint8Array[] {
  const out = new AttrStream();
  rt.formatRuleMessage({ kind: 'rule', data, attrs }, out);
  return out.bufs;
}

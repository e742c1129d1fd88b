/** Records of rules in the log of ovn-controller. Pure. @source ovn-nb(5) ACL log; OVN lib/acl-log.c */

/** A packet that a rule with a log has decided on. */
export interface AclRecord {
  /** As the rule is called: `np/shop/web/ingress/0`. */
  readonly rule: string;
  readonly verdict: string;
  readonly protocol: string;
  readonly from: string;
  readonly to: string;
  /** Of the receiver; undefined where the protocol has none. */
  readonly port: number | undefined;
  /** As the log has it; empty where a line has none. */
  readonly time: string;
}

const RECORD = /\|acl_log\(\w+\)\|\w+\|name="((?:[^"\\]|\\.)*)", verdict=([\w-]+), severity=\w+(?:, direction=[\w-]+)?: (\w+),(.*)$/;

/** Undefined for other lines, and for packets that are not IP. */
export function readAclRecord(line: string): AclRecord | undefined {
  const [, rule, verdict = '', protocol = '', rest = ''] = RECORD.exec(line) ?? [];
  if (rule === undefined) return undefined;
  const fields = new Map(
    rest.split(',').map((field): readonly [string, string] => {
      const at = field.indexOf('=');
      return [field.slice(0, at), field.slice(at + 1)];
    }),
  );
  const from = fields.get('nw_src') ?? fields.get('ipv6_src');
  const to = fields.get('nw_dst') ?? fields.get('ipv6_dst');
  if (from === undefined || to === undefined) return undefined;
  const port = fields.get('tp_dst');
  return {
    rule,
    verdict,
    protocol,
    from,
    to,
    port: port === undefined ? undefined : Number(port),
    time: /^\S+Z(?=\|)/.exec(line)?.[0] ?? '',
  };
}

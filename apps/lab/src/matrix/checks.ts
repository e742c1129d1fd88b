/** What the connectivity matrix measures: pure, from who is there. */
import { isIPv6 } from 'node:net';

export type Protocol = 'icmp' | 'tcp' | 'udp';

/** Somebody who can be asked. */
export interface Endpoint {
  readonly name: string;
  readonly addresses: readonly string[];
  /** ports of its netexec */
  readonly ports: { readonly http: number; readonly udp: number };
  /** node that it is on; undefined for the outside */
  readonly node: string | undefined;
  readonly kind: 'pod' | 'node' | 'outside';
  /** what it answers to `hostname` */
  readonly hostname: string;
}

/** A pod that asks. */
export interface Asker extends Endpoint {
  /** path of its network namespace */
  readonly netns: string;
}

/** One measurement, made inside the asker's namespace. */
export interface Check {
  readonly id: string;
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  /** what is asked: a path, or a datagram */
  readonly ask: string;
  /** default: three times 2 s */
  readonly patience?: { readonly tries: number; readonly timeoutMs: number };
}

/** What a check is expected to see. */
export interface Expectation {
  readonly check: Check;
  readonly from: string;
  readonly to: string;
  readonly relation: Relation;
  /** wanted answer; undefined when an answer at all is enough */
  readonly answer: string | undefined;
}

export type Relation = 'same node' | 'other node' | 'node' | 'outside';

/** Everything that an asker is to measure. All of it is expected to work: the demo restricts nothing. */
export function expectationsOf(
  asker: Asker,
  endpoints: readonly Endpoint[],
  nodeAddresses: ReadonlyMap<string, readonly string[]>,
): readonly Expectation[] {
  return endpoints
    .filter(({ name }) => name !== asker.name)
    .flatMap((target) =>
      target.addresses
        .filter((address) => asker.addresses.some((own) => isIPv6(own) === isIPv6(address)))
        .flatMap((address) =>
          (['icmp', 'tcp', 'udp'] as const).map((protocol) => expectation({ asker, target, address, protocol, nodeAddresses })),
        ),
    );
}

interface Pairing {
  readonly asker: Asker;
  readonly target: Endpoint;
  readonly address: string;
  readonly protocol: Protocol;
  readonly nodeAddresses: ReadonlyMap<string, readonly string[]>;
}

function expectation({ asker, target, address, protocol, nodeAddresses }: Pairing): Expectation {
  const relation = relationOf(asker, target);
  // The outside must see the node's address and not the pod's: natOutgoing.
  const ask = relation === 'outside' ? 'clientip' : 'hostname';
  const source = (nodeAddresses.get(asker.node ?? '') ?? []).find((own) => isIPv6(own) === isIPv6(address));
  const answer = protocol === 'icmp' ? undefined : relation === 'outside' ? source : target.hostname;
  return {
    check: {
      id: `${asker.name} ${protocol} ${address}`,
      protocol,
      address,
      port: protocol === 'udp' ? target.ports.udp : target.ports.http,
      ask,
    },
    from: asker.name,
    to: target.name,
    relation,
    answer,
  };
}

function relationOf(asker: Asker, target: Endpoint): Relation {
  if (target.kind !== 'pod') return target.kind;
  return asker.node === target.node ? 'same node' : 'other node';
}

/** What a measurement gave. */
export type Observation =
  | { readonly id: string; readonly ok: true; readonly answer: string; readonly ms: number }
  | { readonly id: string; readonly ok: false; readonly error: string };

/** A measurement beside what was expected of it. */
export interface Verdict {
  readonly expectation: Expectation;
  readonly isAsExpected: boolean;
  /** what was seen, in a word or two */
  readonly observed: string;
}

/** Judge observations; a check without an observation was not made, which is not as expected. */
export function judge(expectations: readonly Expectation[], observations: readonly Observation[]): readonly Verdict[] {
  const byId = new Map(observations.map((observation) => [observation.id, observation]));
  return expectations.map((expected) => {
    const seen = byId.get(expected.check.id);
    if (seen === undefined) return { expectation: expected, isAsExpected: false, observed: 'not measured' };
    if (!seen.ok) return { expectation: expected, isAsExpected: false, observed: seen.error };
    if (expected.answer === undefined) return { expectation: expected, isAsExpected: true, observed: 'answer' };
    const isSame = expected.relation === 'outside' ? withoutPort(seen.answer) === expected.answer : seen.answer === expected.answer;
    return {
      expectation: expected,
      isAsExpected: isSame,
      observed: isSame ? 'answer' : `answer ${JSON.stringify(seen.answer.slice(0, 60))} instead of ${JSON.stringify(expected.answer)}`,
    };
  });
}

/** The address of `address:port` or `[address]:port`. */
function withoutPort(text: string): string {
  return text.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

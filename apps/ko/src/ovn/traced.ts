/** What `ovn-trace` says of a packet. Pure. */
import type { Dropped, Traced, Unresolved } from '@kube-ovn/insight';

/** @source ovn-trace(8), detailed output */
const DATAPATH = /^\s*(?:in|e)gress\(dp="([^"]*)"/;
const FLOW = /^\s*\d+\. (\w+)(?: \([^)]*\))?: (.*?)(?:, priority \d+, uuid ([0-9a-f]{8}))?$/;
const OUTPUT = /output to "([^"]*)", type "([^"]*)"/;
const NEXT_HOP = /(?:^|\s)(?:xx)?reg0 = ([0-9a-f.:]+);/;
/** Stages that choose a next hop. */
const CHOOSES = /^lr_in_(?:ip_routing|ip_routing_ecmp|policy|policy_ecmp)$/;

/** @param inport where the packet goes in: what comes out there is an answer, and no delivery */
export function readTrace(text: string, inport: string): Traced {
  let datapath = '';
  let flow: { readonly stage: string; readonly match: string; readonly id: string | undefined } = { stage: '', match: '', id: undefined };
  let chosen: { readonly nextHop: string; readonly flow: string | undefined } | undefined;
  let dropped: Dropped | undefined;
  let unresolved: Unresolved | undefined;
  const delivered: string[] = [];
  for (const line of text.split('\n')) {
    datapath = DATAPATH.exec(line)?.[1] ?? datapath;
    const [, stage, match = '', id] = FLOW.exec(line) ?? [];
    if (stage !== undefined) flow = { stage, match, id };
    const action = stage === undefined ? line.trim() : '';
    if (CHOOSES.test(flow.stage)) {
      const nextHop = NEXT_HOP.exec(action)?.[1];
      if (nextHop !== undefined) chosen = { nextHop, flow: flow.id };
      // the receiver itself, on a network of this router
      else if (/reg0 = ip[46]\.dst;/.test(action)) chosen = undefined;
    }
    const [, outport, type] = OUTPUT.exec(action) ?? [];
    // a port of type patch leads into the next datapath, where the trace goes on
    if (outport !== undefined && outport !== inport && type !== 'patch') delivered.push(outport);
    if (action.includes('No MAC binding') && chosen !== undefined)
      unresolved = { datapath, nextHop: chosen.nextHop, ...(chosen.flow === undefined ? {} : { flow: chosen.flow }) };
    const isReject = /^(?:\S+ = \S+; )*(?:reject|tcp_reset|icmp4?6?) \{/.test(action);
    if (isReject || action.startsWith('drop;') || match.includes('implicit drop'))
      dropped ??= { datapath, stage: flow.stage, match: flow.match, isReject, ...(flow.id === undefined ? {} : { flow: flow.id }) };
  }
  return {
    delivered: [...new Set(delivered)],
    ...(dropped === undefined ? {} : { dropped }),
    ...(unresolved === undefined ? {} : { unresolved }),
  };
}

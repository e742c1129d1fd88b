import type { IP } from '@kube-ovn/api';
import { deriveTable, isSamePlainData } from '@kube-ovn/dataflow';
import { isReserved } from '../../effects/ip-object.ts';
import { ipNameProblems, ipProblems } from '../../inputs/ip.ts';
import type { Feature } from '../feature.ts';
import type { Graph } from '../graph.ts';
import { isOfInterest, reservationNotice, reservationPatch, type ReservationProgress } from './status.formula.ts';

const byContent = { equals: isSamePlainData };

/** What the authors of IP objects are told. That they ask for addresses is the allocation's: it reads them in its journal. */
export const reservationFeature: Feature = {
  name: 'reservation',
  wire: (graph) => ({
    patches: {
      ip: deriveTable(
        'ip patches',
        graph.objects.ips,
        (_name, ip) => (isOfInterest(ip) ? reservationPatch(ip, progressOf(ip, graph)) : undefined),
        byContent,
      ),
    },
    notices: deriveTable(
      'ip notices',
      graph.objects.ips,
      (_name, ip) => (isOfInterest(ip) ? reservationNotice(ip, progressOf(ip, graph)) : undefined),
      byContent,
    ),
  }),
};

/** Who else has its addresses is what the allocation's refusal says. What it has it keeps, whatever becomes of its Subnet. */
function progressOf(ip: IP, { subnets, leases, refusals }: Graph): ReservationProgress {
  const { name } = ip.metadata;
  const isHeld = leases.get(name) !== undefined;
  if (!isReserved(ip)) return { problems: [], isHeld, refusal: undefined };
  const problems = isHeld ? ipNameProblems(ip) : ipProblems(ip, { findSubnet: (subnet) => subnets.get(subnet), others: [] });
  return { problems, isHeld, refusal: refusals.get(name) };
}

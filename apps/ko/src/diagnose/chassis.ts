/** Chassis and the tunnels between them. Pure. */
import type { Diagnosis } from './finding.ts';

export interface ChassisFacts {
  readonly node: string;
  /** Undefined where OVN Southbound knows no such chassis. */
  readonly behind: number | undefined;
  /** What ovn-controller says of its connection: `connected`, `not connected`; undefined when it does not answer. */
  readonly connection: string | undefined;
  readonly tunnels: readonly TunnelState[];
}

export interface TunnelState {
  readonly remote: string;
  /** Undefined where nobody watches it. @source ovs-vswitchd.conf.db(5) Interface.bfd_status:state */
  readonly state: string | undefined;
  readonly diagnostic: string;
}

export function chassisFindings(facts: readonly ChassisFacts[], northdBehind: number): readonly Diagnosis[] {
  const found = facts.flatMap((chassis) => [...stateFindings(chassis), ...tunnelFindings(chassis)]);
  if (northdBehind === 0) return found;
  const behind: Diagnosis = {
    severity: 'error',
    code: 'NORTHD_BEHIND',
    object: 'ovn-northd',
    message: `has ${northdBehind} changes of OVN Northbound not passed on`,
    fix: 'is it running, and connected to both databases? ovn-appctl -t ovn-northd status, in the pods of ovn-central',
  };
  return [behind, ...found];
}

function stateFindings({ node, behind, connection }: ChassisFacts): readonly Diagnosis[] {
  const object = `node ${node}`;
  if (behind === undefined)
    return [
      {
        severity: 'error',
        code: 'NO_CHASSIS',
        object,
        message: 'OVN Southbound knows no chassis of this node: its pods are bound nowhere',
        fix: 'ovn-controller makes it: does it run, and does external_ids:ovn-remote of the node name the databases?',
      },
    ];
  if (connection !== undefined && connection !== 'connected')
    return [
      {
        severity: 'error',
        code: 'CHASSIS_CUT_OFF',
        object,
        message: `ovn-controller is ${connection} to OVN Southbound: flows stay as they are`,
        fix: 'its log says why: address, firewall (TCP 6642), certificate',
      },
    ];
  if (behind === 0) return [];
  return [
    {
      severity: 'error',
      code: 'CHASSIS_BEHIND',
      object,
      message: `ovn-controller has not taken the last ${behind} changes`,
      fix: 'is it stopped, or busy? its log tells of long poll intervals',
    },
  ];
}

function tunnelFindings({ node, tunnels }: ChassisFacts): readonly Diagnosis[] {
  return tunnels.flatMap(({ remote, state, diagnostic }): readonly Diagnosis[] =>
    state === undefined || state === 'up'
      ? []
      : [
          {
            severity: 'error',
            code: 'TUNNEL_DOWN',
            object: `node ${node}`,
            message: `the tunnel to ${remote} is ${state} by BFD${diagnostic === '' ? '' : ` (${diagnostic})`}`,
            fix: 'ping that address from the node; a firewall must let UDP 6081 (geneve) or 4789 (vxlan) pass',
          },
        ],
  );
}

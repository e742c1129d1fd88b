import { describe, expect, it } from 'vitest';
import { readTrace } from './traced.ts';

const head = (port: string): string => `# icmp,reg14=0x2,vlan_tci=0x0000

ingress(dp="why", inport="${port}")
-------------------------------
 0. ls_in_check_port_sec (northd.c:8432): 1, priority 50, uuid 63f0541c
    reg0[15] = check_in_port_sec();
    next;
`;

/** As OVN 23.03 prints them. */
const delivered = `${head('a.why')}25. ls_in_l2_lkup (northd.c:9122): eth.dst == de:a3:79:9c:03:1e, priority 50, uuid 015b9402
    outport = "why-vpc";
    output;

egress(dp="why", inport="a.why", outport="why-vpc")
----------------------------------------------
 9. ls_out_apply_port_sec (northd.c:5777): 1, priority 0, uuid 086253cd
    output;
    /* output to "why-vpc", type "patch" */

ingress(dp="vpc", inport="vpc-why")
----------------------------------------------
13. lr_in_ip_routing (northd.c:10388): ip4.dst == 10.1.2.0/24, priority 74, uuid 399d24dc
    reg0 = ip4.dst;
    next;

egress(dp="other", inport="other-vpc", outport="b.why")
----------------------------------------------
 9. ls_out_apply_port_sec (northd.c:5777): 1, priority 0, uuid 086253cd
    output;
    /* output to "b.why", type "" */
`;

const dropped = `${head('a.why')} 8. ls_in_acl (northd.c:6543): reg0[9] == 1 && (icmp4), priority 2100, uuid 52bed95f
    drop;
`;

const refused = `${head('a.why')}
egress(dp="why", inport="a.why", outport="b.why")
----------------------------------------------
 4. ls_out_acl (northd.c:6365): (reg0[9] == 1) && icmp4, priority 2100, uuid e409d630
    reg0 = 0;
    reject { outport <-> inport; next(pipeline=ingress, table=25); };

reject
------
    outport <-> inport;
    next(pipeline=ingress, table=25);

egress(dp="why", outport="a.why")
-------------------------------
 9. ls_out_apply_port_sec (northd.c:5777): 1, priority 0, uuid 086253cd
    output;
    /* output to "a.why", type "" */
`;

const unresolved = `${head('a.why')}
ingress(dp="vpc", inport="vpc-why")
---------------------------------
13. lr_in_ip_routing (northd.c:10388): reg7 == 0 && ip4.dst == 198.18.0.0/24, priority 73, uuid 86586cc0
    ip.ttl--;
    reg8[0..15] = 0;
    reg0 = 10.121.0.200;
    outport = "vpc-why";
    next;
15. lr_in_policy (northd.c:12213): 1, priority 0, uuid b8d36cc5
    reg8[0..15] = 0;
    next;
17. lr_in_arp_resolve (northd.c:12250): ip4, priority 1, uuid d5d558f4
    get_arp(outport, reg0);
    /* No MAC binding. */
    next;

    egress(dp="why", inport="why-vpc", outport="c.why")
    -------------------------------------------------
         9. ls_out_apply_port_sec (northd.c:5777): 1, priority 0, uuid 086253cd
            output;
            /* output to "c.why", type "" */
`;

const noRoute = `${head('a.why')}
ingress(dp="vpc", inport="vpc-why")
---------------------------------
13. lr_in_ip_routing (northd.c:12045): 1, priority 0, uuid e53e6c73
    drop;
`;

describe('readTrace', () => {
  it('what comes out at a port is delivered; ports between datapaths are passed', () => {
    expect(readTrace(delivered, 'a.why')).toEqual({ delivered: ['b.why'] });
  });

  it('a drop has its place and its flow', () => {
    expect(readTrace(dropped, 'a.why')).toEqual({
      delivered: [],
      dropped: { datapath: 'why', stage: 'ls_in_acl', match: 'reg0[9] == 1 && (icmp4)', isReject: false, flow: '52bed95f' },
    });
  });

  it('a refusal that comes back to the sender is no delivery', () => {
    expect(readTrace(refused, 'a.why')).toEqual({
      delivered: [],
      dropped: { datapath: 'why', stage: 'ls_out_acl', match: '(reg0[9] == 1) && icmp4', isReject: true, flow: 'e409d630' },
    });
  });

  it('a next hop without MAC address is told with the flow that has chosen it', () => {
    expect(readTrace(unresolved, 'a.why')).toMatchObject({ unresolved: { datapath: 'vpc', nextHop: '10.121.0.200', flow: '86586cc0' } });
  });

  it('no route is a drop of the router', () => {
    expect(readTrace(noRoute, 'a.why').dropped).toMatchObject({ datapath: 'vpc', stage: 'lr_in_ip_routing' });
  });
});

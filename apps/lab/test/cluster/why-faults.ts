/** Faults that `ko why` must name, all of them prepared for real: those that docs/why.yaml makes, and those that are made and undone. */

/** What is asked and sent: ends as `ko why` takes them. */
export interface Asked {
  readonly from: string;
  readonly to: string;
  /** Left out: a ping. */
  readonly port?: number;
}

export interface Found {
  readonly reaches: 'all' | 'some' | 'doubtful' | 'none';
  /** Code and object. */
  readonly culprits: readonly string[];
}

/** As docs/why.md has it. */
export interface Fault {
  readonly title: string;
  readonly asked: Asked;
  readonly found: Found;
}

/** A fault that is there all the time. */
export interface StandingFault extends Fault {
  /** Whether packets get through: what is only doubtful may work in part. Default: they do not; `never` where there is nobody to send to. */
  readonly packets?: 'pass' | 'never';
  /** What passes beside it, so that silence is not for another reason. */
  readonly beside?: Asked;
}

const none = (...culprits: readonly string[]): Found => ({ reaches: 'none', culprits });
const doubtful = (...culprits: readonly string[]): Found => ({ reaches: 'doubtful', culprits });

const here = 'why/here';
const there = 'why/there';
const working: Asked = { from: here, to: there, port: 8080 };

/** The host of the lab's outside. */
export const OUTSIDE = '203.0.113.10';
export const GATE = '10.119.4.50';

export const standingFaults: readonly StandingFault[] = [
  {
    title: 'a private Subnet',
    asked: { from: here, to: 'why/private' },
    found: none('POLICY_DENIES Subnet why-private'),
    beside: working,
  },
  {
    title: 'a rule of a Subnet at the sender, which refuses',
    asked: { from: here, to: 'why/shut', port: 8085 },
    found: none('SUBNET_ACL_DROPS Subnet why'),
    beside: { from: here, to: 'why/shut' },
  },
  {
    title: 'a rule of a Subnet at the receiver, which drops',
    asked: { from: here, to: 'why/shut', port: 8086 },
    found: none('SUBNET_ACL_DROPS Subnet why'),
    beside: { from: here, to: 'why/shut' },
  },
  {
    title: 'a SecurityGroup that lets nobody in',
    asked: { from: here, to: 'why/guarded' },
    found: none('POLICY_DENIES SecurityGroup why-guard'),
    beside: working,
  },
  {
    title: 'Vpcs without a link',
    asked: { from: here, to: 'why-far/far' },
    found: none('OTHER_VPC Vpc ovn-cluster'),
  },
  {
    title: 'a Vpc without a way out',
    asked: { from: 'why-far/far', to: OUTSIDE },
    found: none('NO_WAY_OUT Vpc why-far'),
    beside: { from: here, to: OUTSIDE },
  },
  {
    title: 'a link between Vpcs without a route back',
    asked: { from: 'why-far/far', to: 'why-far/near' },
    found: none('NO_WAY_BACK Vpc why-near'),
  },
  {
    title: 'a policy route that drops',
    asked: { from: 'why-far/far', to: 'why-far/attic' },
    found: none('VPC_POLICY_ROUTE_DROPS Vpc why-far'),
  },
  {
    title: 'a static route to nobody',
    asked: { from: 'why-far/far', to: '198.18.119.9' },
    found: none('NEXT_HOP_SILENT Vpc why-far'),
  },
  {
    title: 'an address that no pod has',
    asked: { from: here, to: '10.119.1.99' },
    found: none('ADDRESS_FREE Subnet why'),
  },
  {
    title: 'a Subnet without natOutgoing, which the outside knows no way to',
    asked: { from: 'why/wide-1', to: OUTSIDE },
    found: doubtful('ADDRESS_NOT_TRANSLATED Subnet why-wide'),
    beside: { from: here, to: OUTSIDE },
  },
  {
    title: 'a centralized Subnet without a gateway node',
    asked: { from: 'why/stuck', to: OUTSIDE },
    found: none('GATEWAY_MISSING Subnet why-stuck'),
    beside: { from: here, to: OUTSIDE },
  },
  {
    title: 'no address family in common',
    asked: { from: here, to: 'why/six' },
    found: none('NO_COMMON_FAMILY Pod why/six'),
  },
  {
    title: 'a pod for which its Subnet has no address left',
    asked: { from: here, to: 'why/late' },
    found: none('POD_NO_ADDRESS Pod why/late'),
    packets: 'never',
  },
  {
    title: 'a pod that asks for an address which its Subnet has not',
    asked: { from: here, to: 'why/elsewhere' },
    found: none('POD_NO_ADDRESS Pod why/elsewhere'),
    packets: 'never',
  },
  {
    title: 'a pod that no node takes',
    asked: { from: here, to: 'why/homeless' },
    found: none('POD_NOT_SCHEDULED Pod why/homeless'),
    packets: 'never',
  },
  { title: 'a pod that has ended', asked: { from: here, to: 'why/done' }, found: none('POD_OVER Pod why/done') },
  {
    title: 'a pod that is not there',
    asked: { from: here, to: 'why/nobody' },
    found: none('NOT_THERE Pod why/nobody'),
    packets: 'never',
  },
  {
    title: 'a name that DNS does not know',
    asked: { from: here, to: 'nobody.why.invalid' },
    found: none('NAME_UNKNOWN nobody.why.invalid'),
    packets: 'never',
  },
  {
    title: 'a port that nobody listens at',
    asked: { from: here, to: there, port: 8089 },
    found: none('NOT_LISTENED Pod why/there'),
    beside: working,
  },
  {
    title: 'a program that listens to its own pod alone',
    asked: { from: here, to: there, port: 8070 },
    found: none('LISTENED_ON_LOOPBACK Pod why/there'),
    beside: working,
  },
  {
    title: 'a Service without endpoints',
    asked: { from: here, to: 'svc/why/empty', port: 80 },
    found: none('SERVICE_NO_ENDPOINTS Service why/empty'),
  },
  {
    title: 'a port that the Service has not',
    asked: { from: here, to: 'near.why.svc', port: 81 },
    found: none('SERVICE_NO_PORT Service why/near'),
  },
  {
    title: 'a Service whose endpoints are not ready',
    asked: { from: here, to: 'svc/why/unready', port: 80 },
    found: none('SERVICE_NOT_READY Service why/unready'),
    beside: { from: here, to: 'why/unready', port: 8080 },
  },
  {
    title: 'a Service whose targetPort nobody listens at',
    asked: { from: here, to: 'svc/why/beside', port: 80 },
    found: none('NOT_LISTENED Pod why/there'),
    beside: working,
  },
  {
    title: 'a Service with internalTrafficPolicy Local and no endpoint on the node',
    asked: { from: here, to: 'svc/why/near', port: 80 },
    found: none('SERVICE_NONE_NEAR Service why/near'),
    beside: { from: there, to: 'svc/why/near', port: 80 },
  },
  {
    title: 'a Service that is a name of the outside',
    asked: { from: here, to: 'svc/why/elsewhere', port: 80 },
    found: none('SERVICE_EXTERNAL_NAME Service why/elsewhere'),
    packets: 'never',
  },
  {
    title: 'a NodePort with externalTrafficPolicy Local, asked at a node without endpoint',
    asked: { from: OUTSIDE, to: 'node/node1', port: 30_119 },
    found: none('SERVICE_NONE_NEAR Service why/door'),
    beside: { from: OUTSIDE, to: 'node/node2', port: 30_119 },
  },
  {
    title: 'a client that is not in loadBalancerSourceRanges',
    asked: { from: OUTSIDE, to: GATE, port: 80 },
    found: none('SOURCE_NOT_ALLOWED Service why/gate'),
    beside: { from: here, to: GATE, port: 80 },
  },
  {
    title: 'a SwitchLBRule that selects nobody',
    asked: { from: here, to: '10.119.1.200', port: 80 },
    found: none('SERVICE_NO_ENDPOINTS SwitchLBRule why-rule'),
  },
  {
    title: 'packets larger than the tunnels between nodes carry',
    asked: { from: 'why/wide-1', to: 'why/wide-2' },
    found: doubtful('MTU_TOO_LARGE Subnet why-wide'),
    packets: 'pass',
  },
];

/** A fault that is made, and undone. */
export interface PassingFault extends Fault {
  /** What was made before goes on, and so packets pass. */
  readonly isPassed?: boolean;
  /** Packets are lost in part, as is seen when it is made; it is named while they are. */
  readonly isLossy?: boolean;
}

export const passingFaults = {
  networkPolicyIn: passing('a NetworkPolicy at the receiver', none('POLICY_DENIES NetworkPolicy why/shut')),
  networkPolicyOut: passing('a NetworkPolicy at the sender', none('POLICY_DENIES NetworkPolicy why/shut')),
  adminPolicy: passing('an AdminNetworkPolicy', none('POLICY_DENIES AdminNetworkPolicy why-top')),
  baselinePolicy: passing('a BaselineAdminNetworkPolicy', none('POLICY_DENIES BaselineAdminNetworkPolicy default')),
  clusterPolicy: passing('a ClusterNetworkPolicy', none('POLICY_DENIES ClusterNetworkPolicy why-all')),
  foreignAcl: passing('a rule that somebody has written into OVN by hand', none('FOREIGN_RULE_DROPS ACL on why')),
  unbound: passing('an interface that no port is bound to', none('PORT_NOT_BOUND Pod why/there')),
  linkDown: passing('an interface that somebody has set down', none('LINK_DOWN Pod why/there')),
  daemon: {
    ...passing('a pod on a node whose daemon stands still', none('POD_NO_INTERFACE Pod why/new')),
    asked: { from: here, to: 'why/new' },
  },
  vswitchd: passing('an ovs-vswitchd that stands still', none('VSWITCHD_SILENT Node node2')),
  tunnel: passing('a node whose link for tunnels is down', doubtful('NODE_NOT_REACHED Node node2')),
  controller: { ...passing('an ovn-controller that stands still', doubtful('CHASSIS_BEHIND Node node2')), isPassed: true },
  northd: { ...passing('an ovn-northd that stands still', doubtful('NORTHD_BEHIND ovn-northd')), isPassed: true },
  rate: { ...passing('a pod that is sent more than its rate', doubtful('RATE_DROPS Pod why/there')), isLossy: true },
} satisfies Readonly<Record<string, PassingFault>>;

function passing(title: string, found: Found): PassingFault {
  return { title, asked: { from: here, to: there }, found };
}

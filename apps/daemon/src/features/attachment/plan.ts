/**
 * What ADD has to do for one interface: all decisions, as plain data. `attach.ts` carries it out.
 */
import type { CniRequest, CniResponse, CniRoute } from '@kube-ovn/api';
import type { PodInterface } from '../../inputs/pod-interface.ts';
import type { NodeSubnet } from '../../inputs/subnet.ts';
import type { Claims } from './duplicates.ts';
import { hostLinkName } from './link-name.ts';
import type { Attachment, VhostUser } from './record.ts';

/** An address to put on the pod's interface. */
export interface PlannedAddress {
  readonly address: string;
  /** With the length of the subnet's prefix. */
  readonly prefix: string;
  readonly isIpv6: boolean;
}

/** A route inside the pod. */
export interface PlannedRoute {
  readonly dst: string;
  readonly via?: string;
}

/** Everything that ADD does. */
export interface AttachPlan {
  readonly attachment: Attachment;
  readonly mtuBytes: number;
  readonly addresses: readonly PlannedAddress[];
  readonly routes: readonly PlannedRoute[];
  /** How long to listen for another owner of the addresses, in milliseconds; 0 asks nobody. */
  readonly listenMs: number;
  /** Next hops that must answer, each with our address of its family. */
  readonly gateways: readonly { readonly own: string; readonly gateway: string }[];
  /** Checksums must be computed before a packet leaves the pod. */
  readonly checksumInPod: boolean;
}

/** What a plan depends on. */
export interface AttachInput {
  readonly request: CniRequest;
  readonly pod: PodInterface;
  readonly podUid: string;
  readonly subnet: NodeSubnet;
  /** Largest packet of a pod on an overlay subnet. */
  readonly overlayMtuBytes: number;
  /** Largest packet on the physical network of a Vlan. */
  readonly underlayMtuBytes: (vlan: string) => number;
  readonly isUserspaceDatapath: boolean;
  /** The interface is no link but this socket of the pod. */
  readonly vhostUser?: VhostUser | undefined;
}

/** The interface that has the default route unless an annotation says otherwise. */
const PRIMARY_INTERFACE = 'eth0';

/**
 * How long to listen for another owner of an address. On the overlay OVN does not answer a port that asks for its own address, but
 * floods the question: the owner's answer comes from its node, and its first packet makes flows on the way. A physical network would
 * deserve the 3 seconds of RFC 5227, which no start of a pod can afford.
 */
const LISTEN_MS = { overlay: 50, underlay: 200 } as const;

/** Decide what ADD does. */
export function planAttach(input: AttachInput): AttachPlan {
  const { request, pod, subnet, vhostUser } = input;
  const isDefaultRoute = pod.isDefaultRoute ?? request.if_name === PRIMARY_INTERFACE;
  const addresses = plannedAddresses(pod);
  // who speaks vhost-user has no routing table but its own
  const routes =
    vhostUser !== undefined ? [] : [...(isDefaultRoute ? defaultRoutes(pod) : []), ...furtherRoutes(pod, request.routes ?? [])];
  const mtuBytes = mtuOf(input);
  const hostLink = hostLinkName({ containerId: request.container_id, ifName: request.if_name });
  const answer: CniResponse = {
    ...addressAnswer(pod, isDefaultRoute),
    mac_address: pod.mac,
    routes: routes.map(({ dst, via }) => (via === undefined ? { dst } : { dst, gw: via })),
    mtu: mtuBytes,
    nicname: request.if_name,
    host_nicname: hostLink,
    ...(request.dns === undefined ? {} : { dns: request.dns }),
  };
  const mayProbe = !pod.isActivatedLater && vhostUser === undefined;
  return {
    attachment: {
      containerId: request.container_id,
      ifName: request.if_name,
      network: request.network,
      namespace: request.pod_namespace,
      pod: request.pod_name,
      podUid: input.podUid,
      netns: request.net_ns,
      provider: request.provider,
      port: pod.port,
      hostLink,
      mac: pod.mac,
      ...(vhostUser === undefined ? {} : { vhostUser }),
      answer,
    },
    mtuBytes,
    addresses,
    routes,
    listenMs: mayProbe ? LISTEN_MS[subnet.vlan === undefined ? 'overlay' : 'underlay'] : 0,
    gateways: mayProbe && subnet.checkGateway ? gatewaysOf(pod) : [],
    checksumInPod: input.isUserspaceDatapath,
  };
}

function plannedAddresses({ addresses }: PodInterface): readonly PlannedAddress[] {
  return addresses.map(({ family, address, cidr }) => ({
    address,
    prefix: `${address}/${cidr.split('/')[1] ?? ''}`,
    isIpv6: family === 6,
  }));
}

/** What is to be asked before another plugin puts the addresses on its interface: that is on a physical network. */
export function delegatedClaims(pod: PodInterface, mac: string): Claims {
  return { attachment: { mac }, addresses: plannedAddresses(pod), listenMs: pod.isActivatedLater ? 0 : LISTEN_MS.underlay };
}

/** Answer for another plugin, to which we give addresses alone. */
export function planDelegated(pod: PodInterface, request: CniRequest): CniResponse {
  const routes = furtherRoutes(pod, request.routes ?? []).map(({ dst, via }) => (via === undefined ? { dst } : { dst, gw: via }));
  return { ...addressAnswer(pod, true), mac_address: pod.mac, routes };
}

function addressAnswer(pod: PodInterface, withGateway: boolean): Pick<CniResponse, 'ips'> {
  return {
    ips: pod.addresses.map(({ family, address, cidr, gateway }) => ({
      protocol: family === 4 ? 'IPv4' : 'IPv6',
      ip: address,
      cidr,
      ...(withGateway && gateway !== undefined ? { gateway } : {}),
    })),
  };
}

function gatewaysOf(pod: PodInterface): readonly { readonly own: string; readonly gateway: string }[] {
  return pod.addresses.flatMap(({ address, gateway }) => (gateway === undefined ? [] : [{ own: address, gateway }]));
}

function defaultRoutes(pod: PodInterface): readonly PlannedRoute[] {
  return pod.addresses.flatMap(({ family, gateway }) =>
    gateway === undefined ? [] : [{ dst: family === 4 ? '0.0.0.0/0' : '::/0', via: gateway }],
  );
}

/** Routes of the annotation, then of the network configuration; one without next hop goes by the gateway of its family. */
function furtherRoutes(pod: PodInterface, configured: readonly CniRoute[]): readonly PlannedRoute[] {
  const stated = [...pod.routes, ...configured];
  return stated.flatMap(({ dst, gw }) => {
    const family = (dst ?? gw ?? '').includes(':') ? 6 : 4;
    const via = gw ?? pod.addresses.find((address) => address.family === family)?.gateway;
    const target = dst ?? (family === 4 ? '0.0.0.0/0' : '::/0');
    return [via === undefined ? { dst: target } : { dst: target, via }];
  });
}

/** A subnet on a VLAN has no tunnel in its way, so its packets may be as large as the physical network's. */
function mtuOf({ subnet, overlayMtuBytes, underlayMtuBytes }: AttachInput): number {
  if (subnet.mtuBytes > 0) return subnet.mtuBytes;
  return subnet.vlan === undefined ? overlayMtuBytes : underlayMtuBytes(subnet.vlan);
}

/** The form of a feature: formulas over the graph, and what they want of the world. */
import type { EndpointSlice, OvnEip, OvnFip, OvnSnatRule, ProviderNetwork, Service, Subnet, Vip, Vlan } from '@kube-ovn/api';
import type { Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Fragment } from '@kube-ovn/ovsdb';
import type { AddressDemand } from '../effects/demand.ts';
import type { Graph } from './graph.ts';

/** Kinds whose objects features patch. */
export type PatchedKind =
  | 'pod'
  | 'node'
  | 'namespace'
  | 'subnet'
  | 'vpc'
  | 'ipPool'
  | 'securityGroup'
  | 'vip'
  | 'ip'
  | 'service'
  | 'switchLbRule'
  | 'vlan'
  | 'providerNetwork'
  | 'ovnEip'
  | 'ovnFip'
  | 'ovnSnatRule'
  | 'ovnDnatRule'
  | 'qosPolicy'
  | 'mirror'
  | AdminPolicyKind;

/** Kinds that a cluster need not have. */
export type AdminPolicyKind = 'adminNetworkPolicy' | 'baselineAdminNetworkPolicy' | 'clusterNetworkPolicy';

/** Kinds whose authors are told something. */
export type NoticeKind = PatchedKind | 'networkPolicy';

/** Something for an object's author to read. It is told when it appears or changes, not while it lasts. */
export interface Notice {
  readonly kind: NoticeKind;
  /** Key of the object. */
  readonly key: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** It lasts, and nothing else says so: a controller that is started anew does not tell it again. Default: false. */
  readonly isState?: boolean;
}

/** Objects that features make for others, by key. They bear the label `madeByUs`, and go when nobody wants them. */
export interface MadeObjects {
  readonly service: Table<Service>;
  readonly endpointSlice: Table<EndpointSlice>;
  readonly vip: Table<Vip>;
  readonly ovnEip: Table<OvnEip>;
  readonly ovnFip: Table<OvnFip>;
  readonly ovnSnatRule: Table<OvnSnatRule>;
  readonly providerNetwork: Table<ProviderNetwork>;
  readonly vlan: Table<Vlan>;
  readonly subnet: Table<Subnet>;
}

/** What a feature wants. */
export interface Outputs {
  /** By owner (`pod/web-0.shop`, `node/node1`), unique over all features. */
  readonly fragments?: readonly Table<Fragment>[];
  /** By port name. */
  readonly demands?: readonly Table<AddressDemand>[];
  /** By key of the object; several features may patch one object, each its own fields. */
  readonly patches?: Partial<Readonly<Record<PatchedKind, Table<ObjectPatch>>>>;
  readonly objects?: Partial<MadeObjects>;
  /** By any key that is unique in the table. */
  readonly notices?: Table<Notice>;
}

export interface Feature {
  readonly name: string;
  /** Called once; reads of the graph inside formulas are what connects it. */
  wire(graph: Graph): Outputs;
}

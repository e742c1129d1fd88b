/** What several features want, as one table each: fragments and demands side by side, patches of one object put together. Pure. */
import { deriveTable, isSamePlainData, mergeTables, type Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Fragment } from '@kube-ovn/ovsdb';
import type { AddressDemand } from '../effects/demand.ts';
import type { MadeObjects, Notice, Outputs, PatchedKind } from '../features/feature.ts';

export interface Wanted {
  readonly fragments: Table<Fragment>;
  readonly demands: Table<AddressDemand>;
  readonly patches: Readonly<Record<PatchedKind, Table<ObjectPatch>>>;
  readonly objects: MadeObjects;
  readonly notices: readonly Table<Notice>[];
}

/** Combine the outputs of all features. */
export function combine(outputs: readonly Outputs[]): Wanted {
  const patches = (kind: PatchedKind): Table<ObjectPatch> =>
    combinePatches(
      kind,
      outputs.flatMap((output) => output.patches?.[kind] ?? []),
    );
  return {
    fragments: mergeTables(
      'fragments',
      outputs.flatMap((output) => output.fragments ?? []),
    ),
    demands: mergeTables(
      'demands',
      outputs.flatMap((output) => output.demands ?? []),
    ),
    patches: {
      pod: patches('pod'),
      node: patches('node'),
      namespace: patches('namespace'),
      subnet: patches('subnet'),
      vpc: patches('vpc'),
      ipPool: patches('ipPool'),
      securityGroup: patches('securityGroup'),
      adminNetworkPolicy: patches('adminNetworkPolicy'),
      baselineAdminNetworkPolicy: patches('baselineAdminNetworkPolicy'),
      clusterNetworkPolicy: patches('clusterNetworkPolicy'),
      vip: patches('vip'),
      vlan: patches('vlan'),
      providerNetwork: patches('providerNetwork'),
      ip: patches('ip'),
      service: patches('service'),
      switchLbRule: patches('switchLbRule'),
      ovnEip: patches('ovnEip'),
      ovnFip: patches('ovnFip'),
      ovnSnatRule: patches('ovnSnatRule'),
      ovnDnatRule: patches('ovnDnatRule'),
      qosPolicy: patches('qosPolicy'),
      mirror: patches('mirror'),
    },
    objects: {
      service: mergeTables(
        'service objects',
        outputs.flatMap((output) => output.objects?.service ?? []),
      ),
      endpointSlice: mergeTables(
        'endpoint slice objects',
        outputs.flatMap((output) => output.objects?.endpointSlice ?? []),
      ),
      vip: mergeTables(
        'vip objects',
        outputs.flatMap((output) => output.objects?.vip ?? []),
      ),
      ovnEip: mergeTables(
        'ovn eip objects',
        outputs.flatMap((output) => output.objects?.ovnEip ?? []),
      ),
      subnet: mergeTables(
        'subnet objects',
        outputs.flatMap((output) => output.objects?.subnet ?? []),
      ),
      vlan: mergeTables(
        'vlan objects',
        outputs.flatMap((output) => output.objects?.vlan ?? []),
      ),
      providerNetwork: mergeTables(
        'provider network objects',
        outputs.flatMap((output) => output.objects?.providerNetwork ?? []),
      ),
      ovnSnatRule: mergeTables(
        'ovn snat rule objects',
        outputs.flatMap((output) => output.objects?.ovnSnatRule ?? []),
      ),
      ovnFip: mergeTables(
        'ovn fip objects',
        outputs.flatMap((output) => output.objects?.ovnFip ?? []),
      ),
    },
    notices: outputs.flatMap((output) => output.notices ?? []),
  };
}

function combinePatches(kind: PatchedKind, tables: readonly Table<ObjectPatch>[]): Table<ObjectPatch> {
  const [only] = tables;
  if (tables.length === 1 && only !== undefined) return only;
  const keys = mergeTables(`${kind} patches`, tables);
  return deriveTable(`${kind} patches, put together`, keys, (key) => mergePatches(tables.flatMap((table) => table.get(key) ?? [])), {
    equals: isSamePlainData,
  });
}

/** Fields side by side; of two features that want one field the first in the list of features wins. */
export function mergePatches(patches: readonly ObjectPatch[]): ObjectPatch {
  const part = (name: keyof ObjectPatch): ObjectPatch => {
    const parts = patches.map((patch) => patch[name]).filter((fields) => fields !== undefined);
    return parts.length === 0 ? {} : { [name]: Object.assign({}, ...parts.toReversed()) as object };
  };
  return { ...part('annotations'), ...part('labels'), ...part('finalizers'), ...part('spec'), ...part('status') };
}

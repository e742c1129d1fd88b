/**
 * Annotations eip and snat of a pod of the default Vpc → the objects that say the same.
 *
 * Reads: the interface, the ConfigMap of the external gateway. Wants: per address an OvnEip `eip-<address>`; for `eip` an OvnFip, for `snat` an
 * OvnSnatRule, each named after the pod's port. What becomes of these, and of two pods that want one address, is judged there.
 */
import { type AddressPair, madeByUs, type OvnEip, type OvnFip, type OvnSnatRule } from '@kube-ovn/api';
import type { PodInterface } from '../../inputs/pod.ts';

type Asking = Pick<PodInterface, 'port' | 'eip' | 'snat'>;

/** Name of the OvnEip of an address. */
export function eipName({ v4, v6 }: AddressPair): string {
  const texts = [v4, v6].flatMap((text) => (text === undefined ? [] : [text.replaceAll(':', '-').replace(/-$/, '-0')]));
  return `eip-${texts.join('-')}`;
}

export function wantedEips({ eip, snat }: Asking, subnet: string): readonly OvnEip[] {
  return [eip, snat].flatMap((pair): OvnEip[] =>
    pair === undefined
      ? []
      : [
          {
            ...common(eipName(pair)),
            kind: 'OvnEip',
            spec: {
              externalSubnet: subnet,
              type: 'nat',
              ...(pair.v4 === undefined ? {} : { v4Ip: pair.v4 }),
              ...(pair.v6 === undefined ? {} : { v6Ip: pair.v6 }),
            },
          },
        ],
  );
}

export function wantedFip({ port, eip }: Asking, type: 'distributed' | 'centralized'): OvnFip | undefined {
  return eip === undefined ? undefined : { ...common(port), kind: 'OvnFip', spec: { ovnEip: eipName(eip), ipName: port, type } };
}

/** None for the address that the pod leaves by anyhow. */
export function wantedSnat({ port, eip, snat }: Asking): OvnSnatRule | undefined {
  if (snat === undefined || (eip !== undefined && eipName(eip) === eipName(snat))) return undefined;
  return { ...common(port), kind: 'OvnSnatRule', spec: { ovnEip: eipName(snat), ipName: port } };
}

function common(name: string): Pick<OvnEip, 'apiVersion' | 'metadata'> {
  return { apiVersion: 'kubeovn.io/v1', metadata: { name, labels: { [madeByUs.key]: madeByUs.value } } };
}

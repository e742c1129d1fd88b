/** Everything that an installation consists of, in the order in which it is applied. */
import { crds, networkPolicyApiCrds } from '@kube-ovn/api/crds';
import { centralParts } from './objects/central.ts';
import { conditionsOf, type Part } from './objects/common.ts';
import { controllerParts } from './objects/controller.ts';
import { daemonParts } from './objects/daemon.ts';
import { monitoringParts } from './objects/monitoring.ts';
import { openvswitchParts } from './objects/openvswitch.ts';
import { pingerParts } from './objects/pinger.ts';
import { rightsParts } from './objects/rights.ts';
import { speakerParts } from './objects/speaker.ts';
import { holds, type Json, resolve } from './template.ts';
import { type Values, valuesWith } from './settings.ts';

/** A Kubernetes object, filled in. */
export interface InstalledObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** Helm does not remove what bears it: with a definition, all objects of the kind would go. */
const keep = { 'helm.sh/resource-policy': 'keep' };

const definitions: readonly Part[] = [
  ...crds.map((crd) => ({ crd, when: 'crds.install' as const })),
  ...networkPolicyApiCrds.map((crd) => ({ crd, when: 'crds.networkPolicyApi' as const })),
].map(({ crd, when }) => ({
  file: `crds/${crd.metadata.name.split('.')[0]}.yaml`,
  when,
  object: { ...crd, metadata: { ...crd.metadata, annotations: { ...crd.metadata.annotations, ...keep } } } as unknown as Part['object'],
}));

export const parts: readonly Part[] = [
  ...definitions,
  ...rightsParts,
  ...centralParts,
  ...openvswitchParts,
  ...controllerParts,
  ...daemonParts,
  ...speakerParts,
  ...pingerParts,
  ...monitoringParts,
];

/** The objects of an installation. @param given settings other than the defaults */
export function installation(given: Partial<Values>): readonly InstalledObject[] {
  const values = valuesWith(given);
  return parts
    .filter((part) => conditionsOf(part).every((path) => holds({ path }, values)))
    .map(({ object }) => resolve(object, values) as Json & InstalledObject);
}

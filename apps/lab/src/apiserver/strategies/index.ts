/** Which strategy each builtin kind has. */
import type { Strategy } from '../resource/resource.ts';
import type { BuiltinSchemas } from '../schema/index.ts';
import { crdStrategy } from './crd.ts';
import { immutableData, immutableFields, statefulSetStrategy } from './immutable.ts';
import { namespaceStrategy } from './namespace.ts';
import { podStrategy } from './pod.ts';
import { secretStrategy } from './secret.ts';
import { serviceStrategy } from './service.ts';

/** What the operator of the server decides. */
export interface StrategyConfig {
  /** `v4`, `v6` or `v4,v6` */
  readonly serviceClusterIpRange: string;
  readonly schemas: BuiltinSchemas;
}

/** The strategies by kind; a kind that isn't named needs none. */
export function strategies(config: StrategyConfig): Readonly<Record<string, Strategy>> {
  return {
    ConfigMap: immutableData('data', 'binaryData'),
    CustomResourceDefinition: crdStrategy(config.schemas),
    DaemonSet: immutableFields('spec.selector'),
    Deployment: immutableFields('spec.selector'),
    EndpointSlice: immutableFields('addressType'),
    Namespace: namespaceStrategy,
    Pod: podStrategy,
    ReplicaSet: immutableFields('spec.selector'),
    Secret: secretStrategy,
    Service: serviceStrategy(config.serviceClusterIpRange),
    StatefulSet: statefulSetStrategy,
  };
}

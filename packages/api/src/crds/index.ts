/** Every custom resource that we define. A new kind adds a file and a line here. */
import type { CustomResourceDefinition } from '../schema/custom-resource.ts';
import { ipPool } from './ip-pool.ts';
import { ip } from './ip.ts';
import { providerNetwork } from './provider-network.ts';
import { securityGroup } from './security-group.ts';
import { subnet } from './subnet.ts';
import { vip } from './vip.ts';
import { vlan } from './vlan.ts';
import { vpc } from './vpc.ts';

export const customResources = { subnet, vpc, ip, ipPool, vip, vlan, providerNetwork, securityGroup };

/** The definitions, as plain JSON, in the order in which they may be applied. */
export const crds: readonly CustomResourceDefinition[] = Object.values(customResources).map(({ crd }) => crd);

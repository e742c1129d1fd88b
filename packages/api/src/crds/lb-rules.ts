/**
 * SwitchLBRule and RouterLBRule: load balancers of logical switches and routers that are no Kubernetes service.
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { fields, integer, list, text, texts } from '../schema/fields.ts';

const PORT = { minimum: 0, maximum: 65_535, format: 'int32' } as const;

const common = {
  namespace: text('Namespace of the backends.'),
  selector: texts('Labels `key:value` of the backends.'),
  endpoints: texts('Addresses of the backends, instead of a selector.'),
  sessionAffinity: text('ClientIP: one client, one backend. Default: None.'),
  ports: list(
    'Ports that are served.',
    fields({
      name: text('Name of the port.'),
      port: integer('Port of the address.', PORT),
      targetPort: integer('Port of the backends.', PORT),
      protocol: text('TCP, UDP or SCTP.'),
    }),
  ),
};

const switchSpec = fields({ vip: text('Address, one of each family as `v4,v6`.'), ...common });
const routerSpec = fields({ ovnEip: text('OvnEip that is the address.'), vpc: text('Vpc of the router.'), ...common });
const status = fields({ conditions: conditionList, ports: text('Ports, as `80/TCP,...`.'), service: text('Service that was made, `namespace/name`.') });

export type SwitchLBRule = CustomObject<Shape<typeof switchSpec>, Shape<typeof status>>;
export type RouterLBRule = CustomObject<Shape<typeof routerSpec>, Shape<typeof status>>;

const endColumns = [
  { name: 'port(s)', type: 'string', jsonPath: '.status.ports' },
  { name: 'service', type: 'string', jsonPath: '.status.service' },
  { name: 'age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
] as const;

export const switchLbRule: CustomResource<SwitchLBRule> = customResource({
  kind: 'SwitchLBRule',
  plural: 'switch-lb-rules',
  singular: 'switch-lb-rule',
  shortNames: ['slr'],
  description: 'A load balancer of a logical switch.',
  spec: switchSpec,
  status,
  columns: [{ name: 'vip', type: 'string', jsonPath: '.spec.vip' }, ...endColumns],
});

export const routerLbRule: CustomResource<RouterLBRule> = customResource({
  kind: 'RouterLBRule',
  plural: 'router-lb-rules',
  singular: 'router-lb-rule',
  shortNames: ['rlr'],
  description: 'A load balancer of a logical router.',
  spec: routerSpec,
  status,
  columns: [{ name: 'ovnEip', type: 'string', jsonPath: '.spec.ovnEip' }, { name: 'vpc', type: 'string', jsonPath: '.spec.vpc' }, ...endColumns],
});

/**
 * DNSNameResolver: the addresses that a domain name stands for, kept up to date by a DNS server.
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { fields, integer, list, required, text } from '../schema/fields.ts';

/** A fully qualified name with its final dot; the first label may be `*`. @source RFC 1035 §2.3.1 */
const NAME = { pattern: '^(\\*\\.)?([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\\.){2,}$', maxLength: 254 };

const spec = fields({ name: required.text('Domain name with its final dot; can not be changed.', NAME) });

const status = fields({
  resolvedNames: list(
    'Names that were looked up.',
    fields({
      conditions: conditionList,
      dnsName: text('The name.'),
      resolvedAddresses: list(
        'Its addresses.',
        fields({
          ip: text('Address.'),
          ttlSeconds: integer('How long it is valid, in seconds.', { format: 'int32' }),
          lastLookupTime: text('When it was seen.', { format: 'date-time' }),
        }),
      ),
      resolutionFailures: integer('Failures in succession.', { format: 'int32' }),
    }),
  ),
});

export type DNSNameResolver = CustomObject<Shape<typeof spec>, Shape<typeof status>>;

export const dnsNameResolver: CustomResource<DNSNameResolver> = customResource({
  kind: 'DNSNameResolver',
  plural: 'dnsnameresolvers',
  singular: 'dnsnameresolver',
  shortNames: ['dnr'],
  description: 'The addresses that a domain name stands for.',
  spec,
  status,
  columns: [],
});

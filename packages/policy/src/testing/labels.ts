/** Random labels and label selectors, from so few words that they meet often. */
import fc from 'fast-check';
import type { Labels, Selector } from '../verdict/objects.ts';

const keys = fc.constantFrom('app', 'env');
const values = fc.constantFrom('x', 'y');

/** None, one or both of two keys. */
export const labels: fc.Arbitrary<Labels> = fc.dictionary(keys, values, { maxKeys: 2 });

const expression = fc.oneof(
  fc.record({ key: keys, operator: fc.constantFrom('In', 'NotIn'), values: fc.uniqueArray(values, { minLength: 1, maxLength: 2 }) }),
  fc.record({ key: keys, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);

/** A selector by labels, by expressions, by both or, often, one that selects everything: written as `{}` or with empty lists. */
export const selector: fc.Arbitrary<Selector> = fc.oneof(
  { arbitrary: fc.constant({}), weight: 2 },
  { arbitrary: fc.record({ matchLabels: labels }), weight: 3 },
  { arbitrary: fc.record({ matchExpressions: fc.array(expression, { maxLength: 2 }) }), weight: 2 },
  { arbitrary: fc.record({ matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 1 }) }), weight: 1 },
);

/** A selector of namespaces; at times by the label that the control plane sets. */
export const namespaceSelector: fc.Arbitrary<Selector> = fc.oneof(
  { arbitrary: selector, weight: 5 },
  { arbitrary: fc.constantFrom('a', 'b').map((name) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } })), weight: 1 },
);

/**
 * Conditions as Kube-OVN's custom resources hold them.
 */
import Type from 'typebox';
import type { Shape } from './fields.ts';
import { choice, integer, list, required, text } from './fields.ts';

const conditionFields = {
  type: required.text('Kind of the condition: Ready, Validated, Init or Error.'),
  status: choice('Whether the condition holds.', ['True', 'False', 'Unknown']),
  reason: text('Why, in one CamelCase word.'),
  message: text('Why, for people.'),
  lastUpdateTime: text('When this condition was last written.'),
  lastTransitionTime: text('When the status last changed.'),
  observedGeneration: integer('Generation of the spec that this condition speaks of.', { format: 'int64' }),
};

const conditionSchema = Type.Object(conditionFields);

/** A condition. @source Kube-OVN SubnetStatus.conditions and alike */
export type Condition = Shape<typeof conditionSchema>;

/** The `conditions` field of a status. */
export const conditionList = list('What is known about the state of this object.', conditionSchema);

/** Conditions of which there is one set for each node. @source Kube-OVN ProviderNetworkStatus.conditions */
export const nodeConditionList = list(
  'State of each node.',
  Type.Object({ node: text('Node that the condition speaks of.'), ...conditionFields }),
);

/** The `conditions` field of a status as Kubernetes' own kinds have it. @source Kubernetes meta/v1 Condition */
export const metaConditionList = list(
  'What is known about the state of this object.',
  Type.Object({
    type: required.text('Kind of the condition.'),
    status: required.choice('Whether the condition holds.', ['True', 'False', 'Unknown']),
    reason: required.text('Why, in one CamelCase word.'),
    message: required.text('Why, for people.'),
    lastTransitionTime: required.text('When the status last changed.', { format: 'date-time' }),
    observedGeneration: integer('Generation of the spec that this condition speaks of.', { format: 'int64' }),
  }),
);

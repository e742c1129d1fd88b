/**
 * Fields that the gateways made of pods have in common.
 */
import { choice, fields, flag, integer, list, openObject, optional, text, texts } from '../schema/fields.ts';

/** @source core/v1 Toleration */
const toleration = fields({
  key: text('Key of the taint. Empty: all.'),
  operator: choice('How the value is compared.', ['Exists', 'Equal']),
  value: text('Value of the taint.'),
  effect: choice('Effect of the taint. Empty: all.', ['NoSchedule', 'PreferNoSchedule', 'NoExecute', '']),
  tolerationSeconds: integer('How long NoExecute is tolerated.', { format: 'int64' }),
});

export const tolerations = list('Taints of nodes that are tolerated.', toleration);

/** Passed on to the pods as it is. @source core/v1 Affinity */
export const affinity = openObject('Affinity of the pods, as in a pod.');

export const bfdTimers = optional(
  fields({
    enabled: flag('Watch the gateway by BFD.', { default: false }),
    minRX: integer('Shortest interval of receiving, in milliseconds.', { default: 1000, minimum: 1, maximum: 3_600_000, format: 'int32' }),
    minTX: integer('Shortest interval of sending, in milliseconds.', { default: 1000, minimum: 1, maximum: 3_600_000, format: 'int32' }),
    multiplier: integer('Packets that may be missed.', { default: 3, minimum: 1, maximum: 255, format: 'int32' }),
  }),
);

export const natBgpSpeaker = optional(
  fields({
    enabled: flag('Announce external addresses by BGP.', { default: false }),
    asn: integer('AS number of the gateway.', { minimum: 0, maximum: 4_294_967_295 }),
    remoteAsn: integer('AS number of its neighbours.', { minimum: 0, maximum: 4_294_967_295 }),
    neighbors: texts('Addresses of its neighbours.'),
    holdTime: text('Hold time, such as 90s.'),
    routerId: text('Router ID, an IPv4 address.'),
    password: text('Password of the sessions.'),
    enableGracefulRestart: flag('Keep routes while the speaker restarts. Default: false.'),
    extraArgs: texts('Further arguments of the speaker.'),
  }),
);

export const gatewayWorkload = optional(
  fields({ apiVersion: text('API version.'), kind: text('Kind.'), name: text('Name.'), nodes: texts('Nodes that its pods run on.') }),
);

/** Pods: what the server fills in, and the little of a pod that may change. */
import type { JsonObject, JsonValue } from '../json.ts';
import { asArray, asObject, asText, at, jsonEqual, withAt } from '../json.ts';
import type { KubeObject } from '../object.ts';
import type { Strategy } from '../resource/resource.ts';
import type { FieldError } from '../status.ts';

/** @source k8s.io/kubernetes/pkg/registry/core/pod (podStrategy), admission DefaultTolerationSeconds and ServiceAccount */
export const podStrategy: Strategy = {
  prepareCreate: (object) => ({
    ...object,
    spec: withDefaultTolerations(withAccount(asObject(object['spec']))),
    status: { phase: 'Pending', qosClass: qosClass(object) },
  }),
  validateUpdate: (next, before) => {
    if (jsonEqual(mutableRemoved(next['spec'], before), mutableRemoved(before['spec'], before)) && tolerationsKept(next, before)) return [];
    const allowed =
      '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
    return [
      { field: 'spec', reason: 'FieldValueForbidden', message: `Forbidden: pod updates may not change fields other than ${allowed}` },
    ];
  },
  validateCreate: (object) => duplicateNames(object),
};

function withAccount(spec: JsonObject): JsonObject {
  const name = spec['serviceAccountName'] ?? spec['serviceAccount'] ?? 'default';
  return { ...spec, serviceAccountName: name, serviceAccount: name };
}

function withDefaultTolerations(spec: JsonObject): JsonObject {
  const tolerations = asArray(spec['tolerations']);
  const missing = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter(
    (key) => !tolerations.some((toleration) => toleratesNoExecute(asObject(toleration), key)),
  );
  return {
    ...spec,
    tolerations: [...tolerations, ...missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }))],
  };
}

function toleratesNoExecute(toleration: JsonObject, key: string): boolean {
  const keyFits = toleration['key'] === key || toleration['key'] === undefined || toleration['key'] === '';
  return keyFits && (toleration['effect'] === undefined || toleration['effect'] === '' || toleration['effect'] === 'NoExecute');
}

/** @source k8s.io/kubernetes/pkg/apis/core/helper/qos */
export function qosClass(pod: KubeObject): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...asArray(at(pod, 'spec', 'containers')), ...asArray(at(pod, 'spec', 'initContainers'))].map(asObject);
  const resources = containers.map((container) => asObject(container['resources']));
  const amounts = resources.map((resource) => ({ requests: asObject(resource['requests']), limits: asObject(resource['limits']) }));
  if (amounts.every(({ requests, limits }) => counted(requests).length === 0 && counted(limits).length === 0)) return 'BestEffort';
  const guaranteed = amounts.every(({ requests, limits }) =>
    ['cpu', 'memory'].every((name) => limits[name] !== undefined && asText(requests[name] ?? limits[name]) === asText(limits[name])),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function counted(amounts: JsonObject): string[] {
  return Object.keys(amounts).filter((name) => (name === 'cpu' || name === 'memory') && asText(amounts[name]) !== '0');
}

/** The spec without the fields that may change. */
function mutableRemoved(spec: JsonValue | undefined, before: KubeObject): JsonObject {
  let fixed = asObject(spec);
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    if (fixed[list] !== undefined)
      fixed = { ...fixed, [list]: asArray(fixed[list]).map((container) => withAt(asObject(container), ['image'], undefined)) };
  }
  const hadNegativeGrace = Number(at(before, 'spec', 'terminationGracePeriodSeconds') ?? 0) < 0;
  const dropped = ['activeDeadlineSeconds', 'tolerations', ...(hadNegativeGrace ? ['terminationGracePeriodSeconds'] : [])];
  return Object.fromEntries(Object.entries(fixed).filter(([key]) => !dropped.includes(key)));
}

function tolerationsKept(next: KubeObject, before: KubeObject): boolean {
  const now = asArray(at(next, 'spec', 'tolerations'));
  return asArray(at(before, 'spec', 'tolerations')).every((old) => now.some((toleration) => jsonEqual(old, toleration)));
}

function duplicateNames(pod: KubeObject): FieldError[] {
  const seen = new Set<string>();
  const problems: FieldError[] = [];
  for (const list of ['initContainers', 'containers']) {
    asArray(at(pod, 'spec', list)).forEach((container, index) => {
      const name = asText(at(container, 'name'));
      if (seen.has(name))
        problems.push({ field: `spec.${list}[${index}].name`, reason: 'FieldValueDuplicate', message: `Duplicate value: "${name}"` });
      seen.add(name);
    });
  }
  return problems;
}

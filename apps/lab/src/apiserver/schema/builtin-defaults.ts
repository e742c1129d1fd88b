/**
 * Defaults of builtin kinds. The API server has them in code, so here they are a table: kind → (object → object).
 *
 * @source Kubernetes pkg/apis/{core,apps,batch,discovery,networking}/v1 defaults, as the API reference states them
 */
import { isObject, type JsonObject, type JsonValue } from '../json.ts';
import type { GroupVersionKind } from './structural.ts';

type Fill = (object: JsonObject) => JsonObject;

/** The object with the defaults of its kind; kinds without defaults come back as they are. */
export function applyBuiltinDefaults(gvk: GroupVersionKind, object: JsonObject): JsonObject {
  return byKind[`${gvk.group}/${gvk.kind}`]?.(object) ?? object;
}

/** Add the fields that are absent. */
function missing(object: JsonObject, defaults: JsonObject): JsonObject {
  const absent = Object.entries(defaults).filter(([key]) => object[key] === undefined || object[key] === null);
  return absent.length === 0 ? object : { ...object, ...Object.fromEntries(absent) };
}

/** Rewrite the object under a key, when there is one. */
function inside(object: JsonObject, key: string, fill: Fill): JsonObject {
  const child = object[key];
  if (!isObject(child)) return object;
  const filled = fill(child);
  return filled === child ? object : { ...object, [key]: filled };
}

/** Rewrite each object of the list under a key. */
function each(object: JsonObject, key: string, fill: Fill): JsonObject {
  const list = object[key];
  if (!Array.isArray(list)) return object;
  return { ...object, [key]: (list as readonly JsonValue[]).map((item) => (isObject(item) ? fill(item) : item)) };
}

const probe: Fill = (object) =>
  inside(missing(object, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }), 'httpGet', (get) =>
    missing(get, { path: '/', scheme: 'HTTP' }),
  );

const envVar: Fill = (object) =>
  inside(object, 'valueFrom', (from) => inside(from, 'fieldRef', (ref) => missing(ref, { apiVersion: 'v1' })));

const container: Fill = (object) => {
  const image = typeof object['image'] === 'string' ? object['image'] : '';
  const tag = /:([^/@]+)$/.exec(image)?.[1] ?? (image.includes('@') ? 'digest' : 'latest');
  const filled = missing(object, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: tag === 'latest' ? 'Always' : 'IfNotPresent',
    resources: {},
  });
  const probed = ['livenessProbe', 'readinessProbe', 'startupProbe'].reduce((part, key) => inside(part, key, probe), filled);
  return each(
    each(probed, 'ports', (port) => missing(port, { protocol: 'TCP' })),
    'env',
    envVar,
  );
};

const volume: Fill = (object) => {
  const modes = ['configMap', 'secret', 'projected', 'downwardAPI'].reduce(
    (part, key) => inside(part, key, (source) => missing(source, { defaultMode: 420 })),
    object,
  );
  return inside(modes, 'hostPath', (path) => missing(path, { type: '' }));
};

const podSpec: Fill = (object) => {
  const filled = missing(object, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  return ['initContainers', 'containers', 'ephemeralContainers'].reduce(
    (part, key) => each(part, key, container),
    each(filled, 'volumes', volume),
  );
};

/** What admission adds to a pod itself, and not to a template. @source admission plugins ServiceAccount, DefaultTolerationSeconds, Priority */
const admittedPod: Fill = (object) => {
  const filled = missing(podSpec(object), {
    serviceAccountName: 'default',
    enableServiceLinks: true,
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
  });
  const account = filled['serviceAccountName'];
  const tolerations = Array.isArray(filled['tolerations']) ? (filled['tolerations'] as readonly JsonValue[]).filter(isObject) : [];
  const wanted = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    .filter((key) => !tolerations.some((toleration) => toleratesExecution(toleration, key)))
    .map((key): JsonObject => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
  return { ...filled, serviceAccount: account ?? 'default', tolerations: [...tolerations, ...wanted] };
};

function toleratesExecution(toleration: JsonObject, key: string): boolean {
  const { key: named, effect, operator } = toleration;
  const coversKey = named === key || ((named === undefined || named === '') && operator === 'Exists');
  return coversKey && (effect === undefined || effect === '' || effect === 'NoExecute');
}

const template: Fill = (object) => inside(object, 'template', (pod) => inside(pod, 'spec', podSpec));
const labelsOfTemplate = (object: JsonObject): JsonValue => {
  const pod = object['template'];
  const metadata = isObject(pod) ? pod['metadata'] : undefined;
  return isObject(metadata) && isObject(metadata['labels']) ? metadata['labels'] : {};
};

const rolling: Fill = (object) =>
  object['type'] === 'Recreate' || object['type'] === 'OnDelete'
    ? object
    : inside(missing(object, { rollingUpdate: {} }), 'rollingUpdate', (update) =>
        missing(update, { maxUnavailable: '25%', maxSurge: '25%' }),
      );

const deploymentSpec: Fill = (object) =>
  inside(
    missing(template(object), { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {} }),
    'strategy',
    (strategy) => rolling(missing(strategy, { type: 'RollingUpdate' })),
  );

const statefulSetSpec: Fill = (object) =>
  inside(
    missing(template(object), {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: {},
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    }),
    'updateStrategy',
    (strategy) => {
      const typed = missing(strategy, { type: 'RollingUpdate' });
      return typed['type'] === 'OnDelete'
        ? typed
        : inside(missing(typed, { rollingUpdate: {} }), 'rollingUpdate', (update) => missing(update, { partition: 0 }));
    },
  );

const daemonSetSpec: Fill = (object) =>
  inside(missing(template(object), { revisionHistoryLimit: 10, updateStrategy: {} }), 'updateStrategy', (strategy) => {
    const typed = missing(strategy, { type: 'RollingUpdate' });
    return typed['type'] === 'OnDelete'
      ? typed
      : inside(missing(typed, { rollingUpdate: {} }), 'rollingUpdate', (update) => missing(update, { maxUnavailable: 1, maxSurge: 0 }));
  });

const replicaSetSpec: Fill = (object) => missing(template(object), { replicas: 1, selector: { matchLabels: labelsOfTemplate(object) } });

const servicePort: Fill = (object) => {
  const filled = missing(object, { protocol: 'TCP' });
  return missing(filled, { targetPort: filled['port'] ?? 0 });
};

const serviceSpec: Fill = (object) => {
  const filled = each(missing(object, { type: 'ClusterIP', sessionAffinity: 'None' }), 'ports', servicePort);
  if (filled['type'] === 'ExternalName') return filled;
  const internal = missing(filled, { internalTrafficPolicy: 'Cluster' });
  if (internal['type'] === 'ClusterIP') return internal;
  const external = missing(internal, { externalTrafficPolicy: 'Cluster' });
  return external['type'] === 'LoadBalancer' ? missing(external, { allocateLoadBalancerNodePorts: true }) : external;
};

const policyTypes: Fill = (object) =>
  missing(object, { policyTypes: object['egress'] === undefined ? ['Ingress'] : ['Ingress', 'Egress'] });
const policyPorts: Fill = (object) =>
  ['ingress', 'egress'].reduce(
    (part, direction) => each(part, direction, (rule) => each(rule, 'ports', (port) => missing(port, { protocol: 'TCP' }))),
    object,
  );

/** @source discovery/v1 defaults: the name of a port is "" and its protocol TCP when not stated */
const endpointSlice: Fill = (object) => each(object, 'ports', (port) => missing(port, { name: '', protocol: 'TCP' }));

const jobSpec: Fill = (object) =>
  missing(template(object), {
    completions: 1,
    parallelism: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: 'TerminatingOrFailed',
  });

const byKind: Readonly<Record<string, Fill>> = {
  '/Pod': (object) => inside(object, 'spec', admittedPod),
  '/Service': (object) => inside(object, 'spec', serviceSpec),
  '/Endpoints': (object) => each(object, 'subsets', (subset) => each(subset, 'ports', (port) => missing(port, { protocol: 'TCP' }))),
  '/Secret': (object) => missing(object, { type: 'Opaque' }),
  '/Namespace': (object) =>
    missing(
      inside(missing(object, { spec: {}, status: {} }), 'status', (status) => missing(status, { phase: 'Active' })),
      {},
    ),
  'apps/Deployment': (object) => inside(object, 'spec', deploymentSpec),
  'apps/ReplicaSet': (object) => inside(object, 'spec', replicaSetSpec),
  'apps/StatefulSet': (object) => inside(object, 'spec', statefulSetSpec),
  'apps/DaemonSet': (object) => inside(object, 'spec', daemonSetSpec),
  'batch/Job': (object) => inside(object, 'spec', jobSpec),
  'discovery.k8s.io/EndpointSlice': endpointSlice,
  'networking.k8s.io/NetworkPolicy': (object) => inside(object, 'spec', (spec) => policyTypes(policyPorts(spec))),
};

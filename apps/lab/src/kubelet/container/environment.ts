/** Environment and command line of a container: expansion and sources. Pure. */
import { LabError } from '../../errors.ts';
import type { ContainerSpec, EnvFrom, EnvVar, PodObject } from '../pod/types.ts';

/** ConfigMaps and Secrets that a container refers to, as `kind/name` to their data; an absent one has no entry. */
export type ReferencedData = ReadonlyMap<string, Readonly<Record<string, string>>>;

export interface EnvironmentInput {
  readonly pod: PodObject;
  readonly container: ContainerSpec;
  readonly podAddresses: readonly string[];
  readonly hostAddresses: readonly string[];
  readonly data: ReferencedData;
}

/** The `kind/name` of everything that a container's environment refers to. */
export function referencesOf(container: ContainerSpec): readonly string[] {
  const fromVariables = (container.env ?? []).flatMap(({ valueFrom }) => [
    ...(valueFrom?.configMapKeyRef ? [`configmap/${valueFrom.configMapKeyRef.name}`] : []),
    ...(valueFrom?.secretKeyRef ? [`secret/${valueFrom.secretKeyRef.name}`] : []),
  ]);
  const whole = (container.envFrom ?? []).flatMap(({ configMapRef, secretRef }) => [
    ...(configMapRef ? [`configmap/${configMapRef.name}`] : []),
    ...(secretRef ? [`secret/${secretRef.name}`] : []),
  ]);
  return [...new Set([...fromVariables, ...whole])];
}

/**
 * The environment that a container's own variables make, in order; a later one may use an earlier one by `$(NAME)`.
 *
 * @throws {LabError} LAB_POD when a source that is not optional is missing, or a field is not one that may be referred to
 */
export function environmentOf(input: EnvironmentInput): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const source of input.container.envFrom ?? []) Object.assign(environment, wholeSource(source, input));
  for (const variable of input.container.env ?? []) {
    const value = valueOf(variable, input);
    if (value !== undefined) environment[variable.name] = variable.valueFrom === undefined ? expand(value, environment) : value;
  }
  return environment;
}

/** Replace `$(NAME)` by the variable; `$$(NAME)` stays as `$(NAME)`, an unknown name stays as it is. @source core/v1 EnvVar.value */
export function expand(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([A-Za-z_.-][A-Za-z0-9_.-]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return '$';
    return Object.hasOwn(environment, name) ? (environment[name] ?? '') : whole;
  });
}

function wholeSource({ prefix = '', configMapRef, secretRef }: EnvFrom, input: EnvironmentInput): Record<string, string> {
  const [kind, reference] = configMapRef ? (['configmap', configMapRef] as const) : (['secret', secretRef] as const);
  if (reference === undefined) return {};
  const data = input.data.get(`${kind}/${reference.name}`);
  if (data === undefined && reference.optional !== true)
    throw new LabError('LAB_POD', `container ${input.container.name}: envFrom: ${kind} ${JSON.stringify(reference.name)} not found`);
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [`${prefix}${key}`, value]));
}

function valueOf(variable: EnvVar, input: EnvironmentInput): string | undefined {
  const { valueFrom } = variable;
  if (valueFrom === undefined) return variable.value ?? '';
  if (valueFrom.fieldRef !== undefined) return fieldOf(valueFrom.fieldRef.fieldPath, input);
  const [kind, reference] = valueFrom.configMapKeyRef
    ? (['configmap', valueFrom.configMapKeyRef] as const)
    : (['secret', valueFrom.secretKeyRef] as const);
  if (reference === undefined)
    throw new LabError(
      'LAB_POD',
      `container ${input.container.name}: env ${variable.name}: valueFrom: only fieldRef, configMapKeyRef and secretKeyRef are known here`,
    );
  const value = input.data.get(`${kind}/${reference.name}`)?.[reference.key];
  if (value === undefined && reference.optional !== true)
    throw new LabError(
      'LAB_POD',
      `container ${input.container.name}: env ${variable.name}: ${kind} ${JSON.stringify(reference.name)} has no key ${JSON.stringify(reference.key)}`,
    );
  return value;
}

/** @source Kubernetes downward API, fields available by fieldRef */
function fieldOf(path: string, { pod, podAddresses, hostAddresses }: EnvironmentInput): string {
  const { metadata, spec } = pod;
  const indexed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (indexed !== null) return (indexed[1] === 'labels' ? metadata.labels : metadata.annotations)?.[indexed[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace;
    case 'metadata.uid':
      return metadata.uid;
    case 'spec.nodeName':
      return spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? 'default';
    case 'status.podIP':
      return podAddresses[0] ?? '';
    case 'status.podIPs':
      return podAddresses.join(',');
    case 'status.hostIP':
      return hostAddresses[0] ?? '';
    case 'status.hostIPs':
      return hostAddresses.join(',');
    default:
      throw new LabError('LAB_POD', `fieldRef.fieldPath ${JSON.stringify(path)}: not a field that a container may ask for`);
  }
}

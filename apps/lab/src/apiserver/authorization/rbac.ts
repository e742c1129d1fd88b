/** Role-based access control: who may do what. @source Kubernetes documentation "Using RBAC Authorization" */
import type { User } from '../api.ts';
import { type JsonObject, asObject, asString } from '../json.ts';
import type { KubeObject } from '../object.ts';

/** What somebody wants to do. */
export interface Attempt {
  readonly verb: string;
  readonly group: string;
  /** plural, and `/subresource` where there is one */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** Where roles and their bindings are found, by storage and key. */
export interface Roles {
  readonly all: (storage: string) => readonly KubeObject[];
  readonly find: (storage: string, key: string) => KubeObject | undefined;
}

const rbac = 'rbac.authorization.k8s.io';
/** The group that may do everything. */
const masters = 'system:masters';

/** Whether roles that are bound to the user allow it. */
export function mayDo(roles: Roles, user: User, attempt: Attempt): boolean {
  if (user.groups.includes(masters)) return true;
  if (isAboutOneself(attempt) && user.groups.includes('system:authenticated')) return true;
  const { namespace } = attempt;
  const bindings = [
    ...roles.all(`clusterrolebindings.${rbac}`),
    ...(namespace === undefined ? [] : roles.all(`rolebindings.${rbac}`).filter(({ metadata }) => metadata.namespace === namespace)),
  ];
  return bindings.some((binding) => isBound(binding, user) && rulesOf(roles, binding).some((rule) => allows(rule, attempt)));
}

/** What every user may ask. @source ClusterRole system:basic-user */
function isAboutOneself({ verb, group, resource }: Attempt): boolean {
  const questions: Readonly<Record<string, readonly string[]>> = {
    'authorization.k8s.io': ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    'authentication.k8s.io': ['selfsubjectreviews'],
  };
  return verb === 'create' && (questions[group] ?? []).includes(resource);
}

function isBound(binding: KubeObject, user: User): boolean {
  return listOf(binding['subjects']).some((subject) => {
    const name = asString(subject['name']);
    if (subject['kind'] === 'Group') return name !== undefined && user.groups.includes(name);
    const namespace = asString(subject['namespace']) ?? binding.metadata.namespace;
    return user.name === (subject['kind'] === 'ServiceAccount' ? `system:serviceaccount:${namespace}:${name}` : name);
  });
}

function rulesOf(roles: Roles, binding: KubeObject): readonly JsonObject[] {
  const reference = asObject(binding['roleRef']);
  const name = asString(reference['name']) ?? '';
  const role =
    reference['kind'] === 'Role'
      ? roles.find(`roles.${rbac}`, `${binding.metadata.namespace}/${name}`)
      : roles.find(`clusterroles.${rbac}`, name);
  return listOf(role?.['rules']);
}

function allows(rule: JsonObject, { verb, group, resource, name }: Attempt): boolean {
  const includes = (field: string, wanted: string): boolean => {
    const words = rule[field];
    return Array.isArray(words) && (words.includes(wanted) || words.includes('*'));
  };
  const part = resource.split('/')[1];
  const names = rule['resourceNames'];
  return (
    includes('verbs', verb) &&
    includes('apiGroups', group) &&
    (includes('resources', resource) || (part !== undefined && includes('resources', `*/${part}`))) &&
    (!Array.isArray(names) || names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

/** The words of a refusal. @source k8s.io/apiserver/pkg/endpoints/handlers/responsewriters forbiddenMessage */
export function refusal(user: User, { verb, group, resource, namespace }: Attempt): string {
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.map((entry) => asObject(entry as JsonObject)) : [];
}

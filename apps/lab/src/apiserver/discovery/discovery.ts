/** What the server offers, told in the two ways clients ask for it. @source meta/v1 APIResourceList; apidiscovery.k8s.io/v2 */
import type { JsonObject } from '../json.ts';
import type { Registry } from '../resource/registry.ts';
import type { Resource, Subresource } from '../resource/resource.ts';

/** `GET /api` */
export function legacyVersions(): JsonObject {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

/** `GET /apis` */
export function groupList(registry: Registry): JsonObject {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: registry.groups().map(({ group }) => apiGroup(registry, group)) };
}

/** `GET /apis/GROUP`, or one entry of the list. */
export function apiGroup(registry: Registry, group: string): JsonObject {
  const versions = (registry.groups().find((entry) => entry.group === group)?.versions ?? []).map((version) => ({
    groupVersion: `${group}/${version}`,
    version,
  }));
  return { kind: 'APIGroup', apiVersion: 'v1', name: group, versions, preferredVersion: versions[0] };
}

/** `GET /api/v1` and `GET /apis/GROUP/VERSION` */
export function resourceList(registry: Registry, group: string, version: string): JsonObject {
  const resources = registry.inVersion(group, version);
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: resources.flatMap((resource) => [
      legacyResource(resource),
      ...resource.subresources.map((subresource) => legacySubresource(resource, subresource)),
    ]),
  };
}

function legacyResource(resource: Resource): JsonObject {
  return {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(resource.verbs.includes('list') ? { storageVersionHash: Buffer.from(resource.storage).toString('base64').slice(0, 12) } : {}),
  };
}

function legacySubresource(resource: Resource, subresource: Subresource): JsonObject {
  return {
    name: `${resource.plural}/${subresource.name}`,
    singularName: '',
    namespaced: resource.namespaced,
    ...(subresource.group === undefined ? {} : { group: subresource.group, version: subresource.version ?? '' }),
    kind: subresource.kind ?? resource.kind,
    verbs: subresource.verbs,
  };
}

/** `GET /api` with `as=APIGroupDiscoveryList` */
export function aggregatedCore(registry: Registry): JsonObject {
  return discoveryList([{ metadata: { creationTimestamp: null }, versions: [aggregatedVersion(registry, '', 'v1')] }]);
}

/** `GET /apis` with `as=APIGroupDiscoveryList` */
export function aggregatedGroups(registry: Registry): JsonObject {
  return discoveryList(
    registry.groups().map(({ group, versions }) => ({
      metadata: { name: group, creationTimestamp: null },
      versions: versions.map((version) => aggregatedVersion(registry, group, version)),
    })),
  );
}

function discoveryList(items: readonly JsonObject[]): JsonObject {
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

function aggregatedVersion(registry: Registry, group: string, version: string): JsonObject {
  return { version, freshness: 'Current', resources: registry.inVersion(group, version).map(aggregatedResource) };
}

function aggregatedResource(resource: Resource): JsonObject {
  return {
    resource: resource.plural,
    responseKind: { group: resource.group, version: resource.version, kind: resource.kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(resource.subresources.length === 0
      ? {}
      : {
          subresources: resource.subresources.map((subresource) => ({
            subresource: subresource.name,
            responseKind: {
              group: subresource.group ?? resource.group,
              version: subresource.version ?? resource.version,
              kind: subresource.kind ?? resource.kind,
            },
            verbs: subresource.verbs,
          })),
        }),
  };
}

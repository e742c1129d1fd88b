/** From a request to what it wants to do. @source k8s.io/apiserver/pkg/endpoints/request RequestInfoFactory.NewRequestInfo */
import type { Exchange } from '../http/exchange.ts';
import type { ResourcePath } from '../http/path.ts';
import type { Attempt } from './rbac.ts';

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

export function attemptOf({ method, query }: Pick<Exchange, 'method' | 'query'>, path: ResourcePath): Attempt {
  const { group, plural, subresource, namespace } = path;
  const watches = query.get('watch') === 'true' || query.get('watch') === '1';
  const isMany = path.name === undefined;
  const read = watches ? 'watch' : isMany ? 'list' : 'get';
  const verb = verbs[method] ?? read;
  // a selector that names one object asks for no more than that one
  const name = path.name ?? /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1];
  // of namespaces, the namespace is the object
  const place = namespace ?? (group === '' && plural === 'namespaces' ? path.name : undefined);
  return {
    verb: verb === 'delete' && isMany ? 'deletecollection' : verb,
    group,
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    ...(place === undefined ? {} : { namespace: place }),
    ...(name === undefined ? {} : { name }),
  };
}

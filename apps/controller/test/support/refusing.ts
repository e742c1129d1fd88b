/** An API server that refuses: the answers of one that has roles, which the lab's has not, or has not read all definitions yet. */
import { type KubeClient, KubeError } from '@kube-ovn/kube';

/**
 * A client that can not read the kinds of an API group.
 *
 * @param group beginning of their apiVersion
 * @param refusal how it is refused at the moment, if so
 */
export function refusing(client: KubeClient, group: string, refusal: () => 'forbidden' | 'missing' | undefined): KubeClient {
  const check = ({ apiVersion, plural }: { readonly apiVersion: string; readonly plural: string }, verb: string): void => {
    const how = apiVersion.startsWith(group) ? refusal() : undefined;
    if (how === undefined) return;
    if (how === 'missing') {
      const text = `${verb} ${plural}: the server could not find the requested resource (HTTP 404, NotFound)`;
      throw new KubeError('KUBE_NOT_FOUND', text, { status: 404, retry: 'never', reason: 'NotFound' });
    }
    const message = `${verb} ${plural}: ${plural} is forbidden: User "ovn" cannot ${verb} resource "${plural}" (HTTP 403, Forbidden)`;
    throw new KubeError('KUBE_FORBIDDEN', message, { status: 403, retry: 'later', reason: 'Forbidden' });
  };
  const list: KubeClient['list'] = async (resource, options) => {
    check(resource, 'list');
    return client.list(resource, options);
  };
  const watch: KubeClient['watch'] = async (resource, options, take) => {
    check(resource, 'watch');
    return client.watch(resource, options, take);
  };
  return withOther(client, { list, watch });
}

/** A client that can not patch an object at the moment. @param object `plural name` */
export function refusingPatches(client: KubeClient, object: string, isRefused: () => boolean): KubeClient {
  const patch: KubeClient['patch'] = async (resource, key, ...rest) => {
    if (`${resource.plural} ${key}` === object && isRefused())
      throw new KubeError('KUBE_UNAVAILABLE', `patch ${object}: not now (HTTP 503)`, { status: 503, retry: 'later' });
    return client.patch(resource, key, ...rest);
  };
  return withOther(client, { patch });
}

/** A client that can not make objects of a kind. */
export function refusingToMake(client: KubeClient, kind: string): KubeClient {
  const create: KubeClient['create'] = async (resource, ...rest) => {
    if (resource.kind === kind)
      throw new KubeError('KUBE_UNAVAILABLE', `create ${resource.plural}: not now (HTTP 503)`, { status: 503, retry: 'later' });
    return client.create(resource, ...rest);
  };
  return withOther(client, { create });
}

/** The client, but for these. */
function withOther(client: KubeClient, other: Partial<KubeClient>): KubeClient {
  return new Proxy(client, {
    get: (target, name) => {
      if (Object.hasOwn(other, name)) return Reflect.get(other, name) as unknown;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

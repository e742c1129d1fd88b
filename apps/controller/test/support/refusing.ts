/** An API server that refuses: the answers of one that has roles, which the lab's has not. */
import { type KubeClient, KubeError } from '@kube-ovn/kube';

/** A client that may not read the kinds of an API group. @param group beginning of their apiVersion */
export function refusing(client: KubeClient, group: string, isForbidden: () => boolean): KubeClient {
  const check = ({ apiVersion, plural }: { readonly apiVersion: string; readonly plural: string }, verb: string): void => {
    if (!apiVersion.startsWith(group) || !isForbidden()) return;
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
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'list') return list;
      if (name === 'watch') return watch;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

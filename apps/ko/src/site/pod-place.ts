/** Programs in a pod. */
import { type ContainerRef, KubeError, type PodExec } from '@kube-ovn/kube';
import { KoError } from '../errors.ts';
import type { Place } from './place.ts';

export function podPlace(exec: PodExec, where: ContainerRef): Place {
  const name = `pod ${where.namespace}/${where.pod}`;
  return {
    name,
    run: (argv, streams) =>
      exec(where, argv, streams).catch((error: unknown) => {
        if (error instanceof KubeError) throw new KoError('KO_UNREACHABLE', error.message, { cause: error });
        throw error;
      }),
  };
}

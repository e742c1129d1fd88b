/** Kinds that are taken as empty, because the cluster does not have them or does not let us read them, are told in the log: once each. */
import { formula, watchCell } from '@kube-ovn/dataflow';
import type { Informer, KubeErrorCode } from '@kube-ovn/kube';
import type { Log } from '../ports.ts';

type Kind = Pick<Informer<unknown>, 'state' | 'synced' | 'problem'>;

/** Follow the kinds, by their names, until disposed. */
export function tellAbsentKinds(kinds: readonly (readonly [string, Kind])[], log: Log): Disposable {
  const watchers = kinds.map(([name, kind]) => {
    let told: KubeErrorCode | undefined;
    return watchCell(
      formula(() => standing(kind)),
      (now) => {
        if (now === 'live' && told !== undefined) log.info({ kind: name }, 'this kind is there now, and followed');
        if (now === 'live') told = undefined;
        if (now === 'live' || now === undefined || now === told) return;
        told = now;
        const error = kind.problem.peek()?.message;
        if (now === 'KUBE_FORBIDDEN') log.warn({ kind: name, error }, FORBIDDEN);
        else log.info({ kind: name }, 'the cluster does not have this kind: taken as none');
      },
    );
  });
  return {
    [Symbol.dispose]: () => {
      for (const watcher of watchers) watcher[Symbol.dispose]();
    },
  };
}

const FORBIDDEN = 'this kind may not be read: taken as none, and tried again; let the service account get, list and watch it';

/** `live`, why a kind is taken as empty, or undefined while neither is so. */
function standing({ state, synced, problem }: Kind): 'live' | KubeErrorCode | undefined {
  if (state.value === 'live') return 'live';
  return state.value === 'syncing' && synced.value ? problem.value?.code : undefined;
}

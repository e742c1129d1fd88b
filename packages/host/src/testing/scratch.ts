import { randomBytes } from 'node:crypto';
import { createNetns, deleteNetns } from '../netns/named.ts';
import type { Netns } from '../netns/netns.ts';

/** Network namespaces for one test, removed at its end. */
export interface Scratch extends Disposable {
  netns(label: string): Netns;
}

/** Make namespaces with names of their own under /run/netns; needs root. */
export function scratch(): Scratch {
  const prefix = `ko-host-${randomBytes(3).toString('hex')}`;
  const made: Netns[] = [];
  return {
    netns: (label) => {
      const ns = createNetns(`/run/netns/${prefix}-${label}`);
      made.push(ns);
      return ns;
    },
    [Symbol.dispose]: () => {
      for (const ns of made) {
        ns[Symbol.dispose]();
        deleteNetns(ns.path);
      }
    },
  };
}

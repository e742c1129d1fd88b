/**
 * CNI verbs → the attachment service.
 */
import { cniErrorCodes } from '@kube-ovn/api';
import { sleep, type Scheduler } from '@kube-ovn/dataflow';
import { CniFailure, tryAgainLater } from '../errors.ts';
import type { AttachmentService } from '../features/attachment/service.ts';
import type { CniHandlers } from './cni-server.ts';

/** How long a call waits for the node's database, in milliseconds. */
const LOADED_TIMEOUT_MS = 10_000;

/**
 * The handlers. Verbs wait until the attachments of an earlier daemon have been read back.
 *
 * DEL goes on without: it can remove the link by its name, and the record is dropped once it is read and link and namespace are gone.
 */
export function cniHandlers(service: AttachmentService, context: HandlerContext): CniHandlers {
  const { loaded, unready, scheduler } = context;
  const isLoaded = async (): Promise<boolean> => {
    const late = sleep(scheduler, LOADED_TIMEOUT_MS).then(() => false);
    return Promise.race([loaded.then(() => true), late]);
  };
  const mustBeLoaded = async (): Promise<void> => {
    if (!(await isLoaded()))
      throw tryAgainLater('the Open_vSwitch database is not connected', 'the daemon cannot tell which interfaces it has made');
  };
  return {
    ADD: async (request) => {
      await mustBeLoaded();
      return service.add(request);
    },
    DEL: async (request) => {
      await isLoaded();
      await service.del(request);
      return undefined;
    },
    CHECK: async (request) => {
      await mustBeLoaded();
      await service.check(request);
      return undefined;
    },
    GC: async (request) => {
      await mustBeLoaded();
      await service.gc(request);
      return undefined;
    },
    /** @source CNI specification 1.1.0, "STATUS": error 50 when ADD cannot be served */
    STATUS: async () => {
      const [first, ...rest] = unready();
      if (first === undefined) return undefined;
      throw new CniFailure(cniErrorCodes.unavailable, first, rest.length === 0 ? {} : { details: rest.join('; ') });
    },
  };
}

/** What the handlers work with. */
export interface HandlerContext {
  readonly loaded: Promise<void>;
  /** Reasons why ADD cannot be served now. */
  readonly unready: () => readonly string[];
  readonly scheduler: Scheduler;
}

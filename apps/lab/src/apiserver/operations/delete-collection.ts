/** DELETE of a collection. */
import type { Api, Target, WriteOptions } from '../api.ts';
import { StatusError } from '../status.ts';
import type { Stored } from '../store/stored.ts';
import type { DeleteOptions } from './delete.ts';
import { deleteObject } from './delete.ts';
import type { Page } from './list.ts';
import { listObjects } from './list.ts';

/** What to delete and how. */
export interface CollectionDelete {
  readonly query: URLSearchParams;
  readonly asked: DeleteOptions;
  readonly options: WriteOptions;
}

/** Delete every selected object; those that vanish meanwhile are no error. @returns the objects as deleted */
export async function deleteCollection(api: Api, target: Target, { query, asked, options }: CollectionDelete): Promise<Page> {
  const page = listObjects(api, target, query);
  const deleted: Stored[] = [];
  for (const { object } of page.items) {
    const { namespace, name = '' } = object.metadata;
    try {
      const { stored } = await deleteObject(
        api,
        { resource: target.resource, name, ...(namespace === undefined ? {} : { namespace }) },
        asked,
        options,
      );
      deleted.push(stored);
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== 404) throw error;
    }
  }
  return { items: deleted, resourceVersion: String(api.store.revision) };
}

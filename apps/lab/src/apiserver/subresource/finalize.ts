/** namespaces/finalize: the only way to take a name out of a namespace's `spec.finalizers`. */
import { sendObject } from '../http/answer.ts';
import { readValue } from '../http/body.ts';
import { writeOptions } from '../http/write-options.ts';
import { asArray, asObject } from '../json.ts';
import { withMetadata } from '../object.ts';
import { readObject } from '../operations/decode.ts';
import { updateObject } from '../operations/update.ts';
import { methodNotAllowed } from '../status.ts';
import type { SubresourceContext } from './handlers.ts';

/** PUT of a Namespace. */
export async function handleFinalize({ api, exchange, target }: SubresourceContext): Promise<void> {
  if (exchange.method !== 'PUT') throw methodNotAllowed(`${exchange.method} of finalize`);
  const wanted = readObject(target, await readValue(exchange));
  const finalizers = asArray(asObject(wanted['spec'])['finalizers']);
  const stored = await updateObject(
    api,
    target,
    (current) =>
      withMetadata(
        { ...current, spec: { ...asObject(current['spec']), finalizers } },
        { resourceVersion: wanted.metadata.resourceVersion },
      ),
    writeOptions(exchange),
  );
  sendObject(api, exchange, { target, stored });
}

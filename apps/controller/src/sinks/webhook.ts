/** Keeps the webhook's authorities (a Secret) and its registration (a ValidatingWebhookConfiguration) as they should be. The leader's. */
import { resources, type Secret, type ValidatingWebhookConfiguration, WEBHOOK_NAME } from '@kube-ovn/api';
import { type Cancel, isSamePlainData, observe, type Scheduler } from '@kube-ovn/dataflow';
import type { Informer, KubeClient } from '@kube-ovn/kube';
import { makeAuthority, readCertificate } from '@kube-ovn/kube/certificates';
import {
  type Authorities,
  authoritiesData,
  caBundle,
  nextStep,
  readAuthorities,
  type Rotation,
  type Step,
} from '../admission/authorities.ts';
import { type WebhookPlace, webhooksWanted } from '../admission/configuration.ts';
import type { Log } from '../ports.ts';

export interface WebhookSinkOptions {
  /** Fenced: it refuses to write once the lease is lost. */
  readonly client: KubeClient;
  readonly secrets: Pick<Informer<Secret>, 'table' | 'upsert'>;
  readonly configurations: Pick<Informer<ValidatingWebhookConfiguration>, 'table' | 'upsert'>;
  readonly place: WebhookPlace;
  readonly rotation: Rotation;
  readonly scheduler: Scheduler;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** Keep both until disposed: after each change of theirs, and when time has passed. */
export function webhookSink(options: WebhookSinkOptions): Disposable {
  const { secrets, configurations, rotation, scheduler, log } = options;
  let isStopped = false;
  let isWorking = false;
  let isAsked = false;
  let cancel: Cancel | undefined;
  const work = async (): Promise<void> => {
    isAsked = true;
    if (isWorking) return;
    isWorking = true;
    cancel?.();
    try {
      while (isAsked && !isStopped) {
        isAsked = false;
        await keepConfiguration(options, await keepAuthorities(options));
      }
    } catch (error) {
      if (!isStopped) log.warn({ error }, 'webhook could not be registered; trying again');
    }
    isWorking = false;
    if (!isStopped) cancel = scheduler.setTimeout(() => void work(), rotation.overlapMs / 2);
  };
  const watchers = [observe(secrets.table, () => void work()), observe(configurations.table, () => void work())];
  void work();
  return {
    [Symbol.dispose]: () => {
      isStopped = true;
      cancel?.();
      for (const watcher of watchers) watcher[Symbol.dispose]();
    },
  };
}

/** One step further, if one is due. */
async function keepAuthorities(options: WebhookSinkOptions): Promise<Authorities | undefined> {
  const { client, secrets, place, rotation, now, log } = options;
  const before = secrets.table.peek(`${place.namespace}/${WEBHOOK_NAME}`);
  const authorities = readAuthorities(before, readCertificate);
  const step = nextStep(authorities, now(), { rotation, read: readCertificate });
  const after = await take(step, authorities, options);
  if (after === undefined) return authorities;
  const data = authoritiesData(after);
  const metadata = before?.metadata ?? { name: WEBHOOK_NAME, namespace: place.namespace };
  const object: Secret = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, data };
  secrets.upsert(before === undefined ? await client.create(resources.secret, object) : await client.replace(resources.secret, object));
  log.info({ step }, 'webhook authorities');
  return after;
}

async function take(step: Step, before: Authorities | undefined, { rotation, now }: WebhookSinkOptions): Promise<Authorities | undefined> {
  const make = (): ReturnType<typeof makeAuthority> =>
    makeAuthority(`${WEBHOOK_NAME}-${now()}`, { nowMs: now(), lifetimeMs: rotation.authorityMs });
  if (step === 'make current') return { current: await make() };
  if (before === undefined || step === 'nothing') return undefined;
  const { current, next, previous } = before;
  if (step === 'make next') return { ...before, next: await make() };
  if (step === 'promote next' && next !== undefined) return { current: next, previous: current.certificate };
  return { current, ...(next === undefined ? {} : { next }), ...(step === 'drop previous' || previous === undefined ? {} : { previous }) };
}

async function keepConfiguration(options: WebhookSinkOptions, authorities: Authorities | undefined): Promise<void> {
  const { client, configurations, place } = options;
  if (authorities === undefined) return;
  const before = configurations.table.peek(WEBHOOK_NAME);
  const webhooks = webhooksWanted(place, caBundle(authorities));
  if (before !== undefined && isSamePlainData(before.webhooks, webhooks)) return;
  const { apiVersion, kind } = resources.validatingWebhookConfiguration;
  const object: ValidatingWebhookConfiguration = { apiVersion, kind, metadata: before?.metadata ?? { name: WEBHOOK_NAME }, webhooks };
  const resource = resources.validatingWebhookConfiguration;
  configurations.upsert(before === undefined ? await client.create(resource, object) : await client.replace(resource, object));
}

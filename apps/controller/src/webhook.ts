/**
 * The validating webhook, put together. Every replica can answer; the leader registers itself.
 *
 *     Secret (authorities) ──► serving certificate ──► HTTPS ──► judges (the formulas' functions) ──► verdict
 *            ▲                                                        ▲
 *            └── leader ──► ValidatingWebhookConfiguration            └── graph, the cells that formulas read
 */
import { resources, WEBHOOK_NAME } from '@kube-ovn/api';
import { type Cancel, observe, watchCell } from '@kube-ovn/dataflow';
import { informer } from '@kube-ovn/kube';
import { type KeyPair, makeServerCertificate, readCertificate } from '@kube-ovn/kube/certificates';
import { isDue, readAuthorities, rotationOf } from './admission/authorities.ts';
import { type WebhookPlace } from './admission/configuration.ts';
import { judgesOf } from './admission/judges.ts';
import type { Verdict, Write } from './admission/review.ts';
import { verdictOf } from './admission/verdict.ts';
import type { Config } from './config/config.ts';
import type { WebhookConfig } from './config/webhook.ts';
import { fencedKube } from './fence.ts';
import type { Ports } from './ports.ts';
import { serveAdmission } from './server/admission.ts';
import { webhookSink } from './sinks/webhook.ts';
import type { Controller } from './wire.ts';

export interface Webhook {
  readonly port: number;
  stop(): Promise<void>;
}

/** @throws when the address can not be listened on */
export async function startWebhook(
  config: Config & { readonly webhook: WebhookConfig },
  controller: Controller,
  ports: Pick<Ports, 'kube' | 'scheduler' | 'random' | 'log'>,
): Promise<Webhook> {
  const { kube, scheduler, log } = ports;
  const { webhook } = config;
  const { namespace } = config.leaderElection;
  const rotation = rotationOf(webhook.certificateLifetimeMs);
  const fieldSelector = `metadata.name=${WEBHOOK_NAME}`;
  const secrets = informer(kube, resources.secret, { ...ports, namespace, fieldSelector });
  const configurations = informer(kube, resources.validatingWebhookConfiguration, { ...ports, fieldSelector });
  const server = await serveAdmission({ host: webhook.host, port: webhook.port, judge: judgeOf(config, controller) });

  const names = [webhook.host, ...(webhook.service === undefined ? [] : [`${webhook.service.name}.${webhook.service.namespace}.svc`])];
  let serving: { readonly pair: KeyPair; readonly issuer: string } | undefined;
  let cancel: Cancel | undefined;
  let work: Promise<void> = Promise.resolve();
  const renew = async (): Promise<void> => {
    const issuer = readAuthorities(secrets.table.peek(`${namespace}/${WEBHOOK_NAME}`), readCertificate)?.current;
    const isGood =
      serving?.issuer === issuer?.certificate && serving !== undefined && !isDue(readCertificate(serving.pair.certificate), Date.now());
    if (issuer === undefined || isGood) return;
    const pair = await makeServerCertificate(issuer, names, { nowMs: Date.now(), lifetimeMs: rotation.servingMs });
    serving = { pair, issuer: issuer.certificate };
    server.useCertificate(pair);
    log.info({ serial: readCertificate(pair.certificate).serial }, 'webhook certificate');
  };
  const check = (): void => {
    cancel?.();
    work = work.then(renew).catch((error: unknown) => log.warn({ error }, 'webhook certificate could not be made; trying again'));
    cancel = scheduler.setTimeout(check, rotation.overlapMs / 2);
  };
  const watcher = observe(secrets.table, check);
  check();

  let sink: Disposable | undefined;
  const place = placeOf(webhook, { namespace, port: server.port });
  const leader = watchCell(controller.leadership.term, (term) => {
    sink?.[Symbol.dispose]();
    const client = fencedKube(kube, () => controller.elector.isLeadingNow());
    const options = { client, secrets, configurations, place, rotation, scheduler, log, now: () => Date.now() };
    sink = term === undefined ? undefined : webhookSink(options);
  });
  return {
    port: server.port,
    stop: async () => {
      leader[Symbol.dispose]();
      sink?.[Symbol.dispose]();
      watcher[Symbol.dispose]();
      cancel?.();
      await work;
      for (const each of [secrets, configurations]) each[Symbol.dispose]();
      await server.close();
    },
  };
}

function placeOf(webhook: WebhookConfig, { namespace, port }: { readonly namespace: string; readonly port: number }): WebhookPlace {
  const { host, service, failurePolicy, timeoutSeconds } = webhook;
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { endpoint: service === undefined ? { url } : { service }, failurePolicy, timeoutSeconds, namespace };
}

function judgeOf({ defaultSubnet, joinSubnet, clusterRouter }: Config, { graph, sources }: Controller): (write: Write) => Verdict {
  const judges = judgesOf({ graph, ips: sources.ips.table });
  const own = new Set([`subnets/${defaultSubnet.name}`, `subnets/${joinSubnet.name}`, `vpcs/${clusterRouter}`]);
  return (write) => {
    const judge = judges.get(write.resource);
    if (judge === undefined) return { refusal: undefined, warnings: [] };
    if (!sources.synced.peek()) return { refusal: undefined, warnings: ['kube-ovn has not read the cluster yet: not validated'] };
    return verdictOf(write, judge, own.has(`${write.resource}/${write.object.metadata.name}`));
  };
}

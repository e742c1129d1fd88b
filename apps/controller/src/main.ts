/** The controller as a process: configuration → wiring → run until a signal. */
import { hostname } from 'node:os';
import { kubeClient, systemScheduler } from '@kube-ovn/kube';
import { selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase, systemClock } from '@kube-ovn/ovsdb/node';
import { tables } from '@kube-ovn/ovn-model';
import { changeLevelOnSignal, createLog, scrape } from '@kube-ovn/telemetry';
import { readConfig } from './config/config.ts';
import { helpText } from './config/flags.ts';
import { parseFlags } from './config/parse-flags.ts';
import { dryRun } from './rehearsal/dry-run.ts';
import { startDatabaseTls } from './database-tls.ts';
import { certificateLives } from './database-tls/lives.ts';
import { readiness } from './health.ts';
import { controllerMetrics, healthFacts } from './observability.ts';
import { serveHttp } from './server/http.ts';
import { southboundSelection } from './sources/southbound.ts';
import { startWeb } from './web.ts';
import { wire } from './wire.ts';

async function main(argv: readonly string[]): Promise<void> {
  const flags = parseFlags(argv);
  if (flags.help) {
    process.stdout.write(helpText());
    return;
  }
  const config = readConfig(flags.values, process.env, { hostname: hostname(), pid: process.pid });
  if (config.isDryRun) {
    process.stdout.write(await dryRun(config));
    return;
  }
  const log = createLog({ name: 'kube-ovn-controller', level: config.logLevel });
  changeLevelOnSignal(log);
  if (flags.withoutEffect.length > 0) log.warn({ flags: flags.withoutEffect }, 'flags without effect in this version');

  const scheduler = systemScheduler();
  const kube = kubeClient(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig });
  const tls = config.databaseTls === undefined ? {} : { tls: config.databaseTls };
  const northbound = openDatabase({
    remotes: config.northboundRemotes,
    database: 'OVN_Northbound',
    tables: selectionOf(Object.values(tables)),
    ...tls,
  });
  const southbound =
    config.southboundRemotes.length === 0
      ? undefined
      : openDatabase({ remotes: config.southboundRemotes, database: 'OVN_Southbound', tables: southboundSelection, ...tls });
  southbound?.onProblem((problem) => log.warn({ code: problem.code, error: problem.message }, 'OVN Southbound'));
  northbound.onProblem((problem) => log.warn({ code: problem.code, error: problem.message }, 'OVN Northbound'));
  const controller = wire(config, { kube, northbound, southbound, scheduler, clock: systemClock, random: Math.random, log });
  const metrics = controllerMetrics(controller, kube, scheduler, () =>
    config.databaseTls === undefined ? [] : certificateLives(config.databaseTls, Date.now()),
  );
  const http = await serveHttp({
    ...config.http,
    ready: () => readiness(healthFacts(controller)),
    metrics: (accept) => scrape(metrics.registry, accept),
  });
  const webhook =
    config.webhook === undefined
      ? undefined
      : await (
          await import('./webhook.ts')
        ).startWebhook({ ...config, webhook: config.webhook }, controller, {
          kube,
          scheduler,
          random: Math.random,
          log,
        });
  const web = config.web === undefined ? undefined : await startWeb(config.web, controller, config, log);
  const databaseTls =
    config.databaseTls === undefined
      ? undefined
      : startDatabaseTls(
          { files: config.databaseTls, secret: config.tlsSecret, namespace: config.leaderElection.namespace },
          { kube, scheduler, random: Math.random, log, now: () => Date.now() },
        );
  log.info(
    {
      port: http.port,
      ...(webhook && { webhookPort: webhook.port }),
      ...(web && { webPort: web.port }),
      identity: config.leaderElection.identity,
    },
    'controller started',
  );
  controller.start();

  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  log.info({}, 'stopping');
  metrics[Symbol.dispose]();
  await databaseTls?.stop();
  await webhook?.stop();
  await web?.close();
  await controller.stop();
  await http.close();
  await northbound.close();
  await southbound?.close();
  kube.close();
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof Error && 'code' in error && error.code === 'CONTROLLER_BAD_FLAG';
  process.stderr.write(`kube-ovn-controller: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(isUsage ? 2 : 1);
}

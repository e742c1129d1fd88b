/** `--dry-run` as a process does it: connect, rehearse, say. */
import { kubeClient, systemScheduler } from '@kube-ovn/kube';
import { selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase, systemClock } from '@kube-ovn/ovsdb/node';
import { tables } from '@kube-ovn/ovn-model';
import type { Config } from '../config/config.ts';
import type { Log } from '../ports.ts';
import { southboundSelection } from '../sources/southbound.ts';
import { rehearse } from './rehearse.ts';
import { rehearsalText } from './report.ts';

/** A cluster of many thousand pods is listed within this time. */
const timeoutMs = 120_000;

/** @returns the report */
export async function dryRun(config: Config): Promise<string> {
  const kube = kubeClient(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig });
  const tls = config.databaseTls === undefined ? {} : { tls: config.databaseTls };
  await using northbound = openDatabase({
    remotes: config.northboundRemotes,
    database: 'OVN_Northbound',
    tables: selectionOf(Object.values(tables)),
    ...tls,
  });
  const { southboundRemotes } = config;
  await using southbound =
    southboundRemotes.length === 0
      ? undefined
      : openDatabase({ remotes: southboundRemotes, database: 'OVN_Southbound', tables: southboundSelection, ...tls });
  const ports = { kube, northbound, southbound, scheduler: systemScheduler(), clock: systemClock, random: Math.random, log: toStderr };
  try {
    return rehearsalText(await rehearse(config, ports, timeoutMs));
  } finally {
    kube.close();
  }
}

/** The report is what is on standard output. */
const toStderr: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => say('warning', fields, message),
  error: (fields, message) => say('error', fields, message),
};

function say(level: string, fields: object, message: string): void {
  process.stderr.write(
    `${level}: ${message} ${JSON.stringify(fields, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}\n`,
  );
}

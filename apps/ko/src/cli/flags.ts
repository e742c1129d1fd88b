/** The flags that every subcommand has. */
import { type Command, InvalidArgumentError } from 'commander';
import { mergeSites, type NodeSite, readSite, type Site } from '../site/site.ts';

export interface Flags {
  readonly kubeconfig?: string;
  readonly site?: string;
  readonly ovnNbAddr?: readonly string[];
  readonly ovnSbAddr?: readonly string[];
  readonly ovs?: Readonly<Record<string, NodeSite>>;
  readonly systemNamespace: string;
}

export function globalFlags(program: Command, environment: Readonly<Record<string, string | undefined>>): void {
  const site = environment['KO_SITE'];
  program
    .option('--kubeconfig <file>', 'default: $KUBECONFIG, then the site file, then the pod’s service account')
    .option('--site <file>', 'where the parts of the cluster are, as JSON; default: $KO_SITE, then the pods of kube-system', site)
    .option('--ovn-nb-addr <remotes>', 'OVN Northbound, e.g. unix:/run/ovn/ovnnb_db.sock or tcp:192.0.2.1:6641', remotes)
    .option('--ovn-sb-addr <remotes>', 'OVN Southbound', remotes)
    .option('--ovs <node=remote>', 'Open vSwitch of a node, e.g. node1=unix:/run/openvswitch/db.sock; may be repeated', node)
    .option('--system-namespace <name>', 'where the pods of OVN are; default: $KUBE_OVN_NS', environment['KUBE_OVN_NS'] ?? 'kube-system');
}

/** @throws {KoError} KO_BAD_SITE */
export function siteOf(flags: Flags, environment: Readonly<Record<string, string | undefined>>): Site {
  const file = flags.site === undefined ? {} : readSite(flags.site);
  const kubeconfig = flags.kubeconfig ?? environment['KUBECONFIG'];
  return mergeSites(file, {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(flags.ovnNbAddr === undefined ? {} : { northbound: [...flags.ovnNbAddr] }),
    ...(flags.ovnSbAddr === undefined ? {} : { southbound: [...flags.ovnSbAddr] }),
    ...(flags.ovs === undefined ? {} : { nodes: { ...flags.ovs } }),
  });
}

function remotes(text: string): readonly string[] {
  const list = text.split(',').filter((remote) => remote !== '');
  if (list.length === 0 || !list.every(isRemote)) throw new InvalidArgumentError('Want unix:/path, tcp:host:port or ssl:host:port.');
  return list;
}

function node(text: string, before: Readonly<Record<string, NodeSite>> = {}): Readonly<Record<string, NodeSite>> {
  const at = text.indexOf('=');
  const [name, remote] = [text.slice(0, at), text.slice(at + 1)];
  if (at <= 0 || !isRemote(remote)) throw new InvalidArgumentError('Want NODE=REMOTE, e.g. node1=unix:/run/openvswitch/db.sock.');
  return { ...before, [name]: { openvswitch: remote } };
}

function isRemote(text: string): boolean {
  return /^(?:unix|tcp|ssl):./.test(text);
}

/** Seconds of a flag, as milliseconds. */
export function secondsFlag(text: string): number {
  const seconds = Number(text);
  if (!/^\d+(?:\.\d+)?$/.test(text) || seconds > 3600) throw new InvalidArgumentError('Want seconds, 0 to 3600.');
  return seconds * 1000;
}

/** Minutes of a flag, as milliseconds. */
export function minutesFlag(text: string): number {
  const minutes = Number(text);
  if (!/^\d+$/.test(text) || minutes > 100_000) throw new InvalidArgumentError('Want minutes, 0 to 100000.');
  return minutes * 60_000;
}

/** A number of things. */
export function countFlag(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 1_000_000) throw new InvalidArgumentError('Want a whole number, 1 to 1000000.');
  return number;
}

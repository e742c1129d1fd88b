/** The pod's own /etc/hosts and /etc/resolv.conf: pure text. @source kubelet, managed hosts file and dns.go */
import type { PodObject } from '../pod/types.ts';

export function hostsFile(pod: PodObject, addresses: readonly string[], clusterDomain: string): string {
  const { hostname = pod.metadata.name, subdomain, hostAliases = [] } = pod.spec;
  const full = subdomain === undefined ? undefined : `${hostname}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`;
  return [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    ...addresses.map((address) => [address, ...(full === undefined ? [] : [full]), hostname].join('\t')),
    ...hostAliases.map(({ ip, hostnames = [] }) => [ip, ...hostnames].join('\t')),
    '',
  ].join('\n');
}

export interface ResolverSettings {
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
}

export function resolvConf(pod: PodObject, settings: ResolverSettings): string {
  const { dnsPolicy = 'ClusterFirst', dnsConfig = {} } = pod.spec;
  const isCluster = dnsPolicy !== 'None' && dnsPolicy !== 'Default';
  const domain = settings.clusterDomain;
  const servers = [...(isCluster ? settings.clusterDns : []), ...(dnsConfig.nameservers ?? [])];
  const searches = [
    ...(isCluster ? [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain] : []),
    ...(dnsConfig.searches ?? []),
  ];
  const options = [
    ...(isCluster ? ['ndots:5'] : []),
    ...(dnsConfig.options ?? []).map(({ name, value }) => (value === undefined ? name : `${name}:${value}`)),
  ];
  return [
    ...servers.map((server) => `nameserver ${server}`),
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    '',
  ].join('\n');
}

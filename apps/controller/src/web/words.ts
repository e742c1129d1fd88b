/** Policies in words. Pure. */
import type { NamespaceScope, Peer, PodSet, Port, Rule, Selector } from '@kube-ovn/policy';

function selectorText({ requirements }: Selector): string {
  return requirements
    .map(({ key, operator, values }) => {
      switch (operator) {
        case 'Exists':
          return key;
        case 'DoesNotExist':
          return `!${key}`;
        case 'In':
          return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(', ')})`;
        case 'NotIn':
          return values.length === 1 ? `${key}≠${values[0]}` : `${key} not in (${values.join(', ')})`;
      }
    })
    .join(', ');
}

/**
 * What is asked of interfaces is asked by keys with a space, which no label has: their SecurityGroup, their Subnet.
 * @source packages/policy group/traits.ts
 */
export function isOfInterfaces({ pods }: PodSet): boolean {
  return pods.requirements.some(({ key }) => key.includes(' '));
}

export function podSetText({ namespaces, pods }: PodSet): string {
  if (isOfInterfaces({ namespaces, pods }))
    return `interfaces of ${selectorText(pods)
      .replace(/^security group /, 'SecurityGroup ')
      .replace(/^subnet /, 'Subnet ')}`;
  const which = selectorText(pods);
  return `${which === '' ? 'all pods' : `pods ${which}`} of ${scopeText(namespaces)}`;
}

function scopeText(scope: NamespaceScope): string {
  if (scope.kind === 'name') return scope.name;
  const which = selectorText(scope.selector);
  return which === '' ? 'all namespaces' : `namespaces ${which}`;
}

export function ruleText(rule: Rule, direction: 'ingress' | 'egress'): string {
  const name = rule.name === undefined ? '' : ` (${rule.name})`;
  return `${rule.action} ${direction === 'ingress' ? 'from' : 'to'} ${peersText(rule.peers)}, ${portsText(rule.ports)}${name}`;
}

function peersText(peers: Rule['peers']): string {
  if (peers === 'any') return 'anyone';
  return peers.length === 0 ? 'nobody' : peers.map(peerText).join(' or ');
}

function peerText(peer: Peer): string {
  switch (peer.kind) {
    case 'pods':
      return podSetText(peer.set);
    case 'block':
      return peer.except.length === 0 ? peer.cidr : `${peer.cidr} without ${peer.except.join(', ')}`;
    case 'nodes': {
      const which = selectorText(peer.selector);
      return which === '' ? 'all nodes' : `nodes ${which}`;
    }
  }
}

function portsText(ports: Rule['ports']): string {
  if (ports === 'any') return 'any port';
  return ports.length === 0 ? 'no port' : ports.map(portText).join(' or ');
}

function portText(port: Port): string {
  switch (port.kind) {
    case 'protocol':
      return port.protocol;
    case 'range':
      return port.first === port.last ? `${port.protocol} ${port.first}` : `${port.protocol} ${port.first}–${port.last}`;
    case 'icmp':
      return 'ICMP';
    case 'name':
      return `${port.protocol === undefined ? '' : `${port.protocol} `}port named ${port.name}`;
  }
}

/** What netexec answers: pure. The same words as Kubernetes's agnhost, so that its manifests and tests work. */

export interface Peer {
  readonly address: string;
  readonly port: number;
}

export interface Identity {
  readonly hostname: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Answer to an HTTP request that concerns nobody else; `/dial` is not among them. */
export function httpAnswer(url: URL, peer: Peer, { hostname }: Identity): Answer {
  switch (url.pathname) {
    case '/':
      return { status: 200, body: `NOW: ${hostname}\n` };
    case '/hostname':
    case '/hostName':
      return { status: 200, body: hostname };
    case '/clientip':
      return { status: 200, body: clientAddress(peer) };
    case '/echo': {
      const code = Number(url.searchParams.get('code') ?? 200);
      return { status: Number.isInteger(code) && code >= 200 && code <= 599 ? code : 400, body: url.searchParams.get('msg') ?? '' };
    }
    case '/healthz':
    case '/readyz':
      return { status: 200, body: 'ok' };
    default:
      return { status: 404, body: `unknown path ${url.pathname}\n` };
  }
}

/** Answer to a datagram: `hostname`, `clientip`, or `echo <text>`; anything else is answered by nothing. */
export function udpAnswer(message: string, peer: Peer, { hostname }: Identity): string | undefined {
  const [, command = '', text = ''] = /^(\S+)\s*([\s\S]*)$/.exec(message.trim()) ?? [];
  switch (command.toLowerCase()) {
    case 'hostname':
      return hostname;
    case 'clientip':
      return clientAddress(peer);
    case 'echo':
      return text;
    default:
      return undefined;
  }
}

/** `address:port`; an IPv4 address that came in by an IPv6 socket is shown as IPv4, IPv6 in brackets. */
export function clientAddress({ address, port }: Peer): string {
  const plain = plainAddress(address);
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

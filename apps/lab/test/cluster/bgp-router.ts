/** A router in the lab's outside: BIRD, which knows of pods by BGP alone. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Layout, NodeLayout } from '../../src/infra/layout.ts';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { accepts } from '../../src/infra/wait.ts';
import type { Lab } from '../../src/lab/lab.ts';

/** How the router meets a node. */
export interface RouterPeer {
  readonly node: NodeLayout;
  readonly over: 4 | 6;
  readonly password?: string;
  /** It waits to be called; else it calls as well. */
  readonly passive: boolean;
  readonly bothFamilies?: boolean;
  readonly bfd?: boolean;
  /** Of several ways to a prefix the one with the highest; the same for all where it is not told. */
  readonly preference?: number;
}

const ID = 'router';
/** A route whose speaker asks for it (RFC 8326) is the last choice. */
const preferred = (preference: number): string =>
  `import filter { bgp_local_pref = ${preference}; if (65535, 0) ~ bgp_community then bgp_local_pref = 0; accept; };`;
const PREFERENCE = 100;

export class Router {
  readonly #lab: Lab;
  readonly #dir: string;

  constructor(lab: Lab) {
    this.#lab = lab;
    this.#dir = join(lab.layout.dir, 'router');
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
  }

  async start(peers: readonly RouterPeer[]): Promise<void> {
    this.#write(peers);
    const socket = join(this.#dir, 'bird.ctl');
    await this.#lab.supervisor.start({
      id: ID,
      namespace: this.#lab.layout.outside.namespace,
      argv: ['bird', '-f', '-c', join(this.#dir, 'bird.conf'), '-s', socket],
      ready: () => accepts(socket),
    });
  }

  async configure(peers: readonly RouterPeer[]): Promise<void> {
    this.#write(peers);
    await this.ask('configure');
  }

  async stop(): Promise<void> {
    await this.#lab.supervisor.stop(ID);
  }

  async ask(...command: readonly string[]): Promise<string> {
    return (await runTool(['birdc', '-s', join(this.#dir, 'bird.ctl'), ...command])).stdout;
  }

  /** State and start of the session with a node. */
  async session(node: NodeLayout, over: 4 | 6 = 4): Promise<string> {
    const line = (await this.ask('show', 'protocols', protocol(node, over)))
      .split('\n')
      .find((each) => each.startsWith(protocol(node, over)));
    const [, , , , since = '', state = ''] = (line ?? '').split(/\s+/);
    return `${state} ${since}`;
  }

  /** A node that has restarted gracefully has told everything anew, in both of its sessions. */
  async hasAll(node: NodeLayout): Promise<boolean> {
    const sessions = await Promise.all(([4, 6] as const).map((over) => this.ask('show', 'protocols', 'all', protocol(node, over))));
    return sessions.every((text) => /BGP state: +Established/.test(text) && !text.includes('graceful restart active'));
  }

  /** Nodes by which packets for a prefix go, as the kernel has it. */
  async ways(prefix: string): Promise<string> {
    const { layout } = this.#lab;
    const family = prefix.includes(':') ? '-6' : '-4';
    const { stdout } = await runTool(
      inNamespace(layout.outside.namespace, ['ip', '-j', family, 'route', 'show', 'exact', prefix, 'proto', 'bird']),
    );
    const routes = JSON.parse(stdout === '' ? '[]' : stdout) as readonly {
      gateway?: string;
      via?: { host: string };
      nexthops?: readonly { gateway: string }[];
    }[];
    const gateways = routes.flatMap(({ gateway, nexthops }) => [
      ...(gateway === undefined ? [] : [gateway]),
      ...(nexthops ?? []).map((hop) => hop.gateway),
    ]);
    return gateways
      .map((gateway) => nodeAt(layout, gateway))
      .toSorted()
      .join();
  }

  /** Communities with which a node announced a prefix, as BIRD prints them. */
  async communities(prefix: string, node: NodeLayout, over: 4 | 6 = 4): Promise<string> {
    const text = await this.ask('show', 'route', prefix, 'protocol', protocol(node, over), 'all');
    return text
      .split('\n')
      .filter((line) => /BGP\.(large_)?community/.test(line))
      .map((line) => line.replace(/^.*community: /, ''))
      .join(' ');
  }

  /** Changes of the kernel's routes from here on, as iproute2 tells them. */
  changes(): { readonly of: (prefix: string) => readonly string[] } & Disposable {
    const [program = '', ...args] = inNamespace(this.#lab.layout.outside.namespace, ['ip', '-o', 'monitor', 'route']);
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    return {
      // the kernel's tools leave out the length of an address of IPv4
      of: (prefix) => text.split('\n').filter((line) => line.replace('Deleted ', '').startsWith(`${prefix.replace('/32', '')} `)),
      [Symbol.dispose]: () => void child.kill('SIGTERM'),
    };
  }

  #write(peers: readonly RouterPeer[]): void {
    const families = ['ipv4', 'ipv6'] as const;
    const lines = [
      'log stderr all;',
      `router id ${this.#lab.layout.outside.underlayAddress};`,
      'protocol device {}',
      ...families.map((family) => `protocol kernel { ${family} { import none; export all; }; merge paths on; }`),
      'protocol bfd { interface "ul0" { min rx interval 300 ms; min tx interval 300 ms; multiplier 3; }; }',
      ...peers.map((peer) => peerText(this.#lab.layout, peer)),
      '',
    ];
    writeFileSync(join(this.#dir, 'bird.conf'), lines.join('\n'), { mode: 0o600 });
  }
}

function protocol(node: NodeLayout, over: 4 | 6): string {
  return `${node.name}_v${over}`;
}

function peerText({ outside }: Layout, peer: RouterPeer): string {
  const { node, over, password, passive, bothFamilies = false, bfd = false, preference = PREFERENCE } = peer;
  const [own, other] = over === 4 ? [outside.underlayAddress, node.underlayAddress] : [outside.underlayAddress6, node.underlayAddress6];
  const families = bothFamilies ? (['ipv4', 'ipv6'] as const) : [`ipv${over}` as const];
  return [
    `protocol bgp ${protocol(node, over)} {`,
    `  local ${own} as 65001; neighbor ${other} as 65000; direct;`,
    '  connect delay time 1; connect retry time 1; error wait time 1, 2;',
    ...(passive ? ['  passive on;'] : []),
    ...(password === undefined ? [] : [`  password "${password}";`]),
    ...(bfd ? ['  bfd on;'] : []),
    ...families.map((family) => `  ${family} { ${preferred(preference)} export none; };`),
    '}',
  ].join('\n');
}

function nodeAt({ nodeList }: Layout, gateway: string): string {
  return (
    nodeList.find(({ underlayAddress, underlayAddress6 }) => gateway === underlayAddress || gateway === underlayAddress6)?.name ?? gateway
  );
}

/** The lab's Kubernetes API server as a program: `main.ts --dir DIR [--port 0]`. */
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemPorts } from './clock.ts';
import { readConfig, usage } from './config.ts';
import { loadCredentials, writePrivate } from './pki/credentials.ts';
import { formatKubeconfig } from './pki/kubeconfig.ts';
import { wire } from './wire.ts';

/** names and addresses that clients reach this server by */
const serverNames = [
  '127.0.0.1',
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  '10.255.0.100',
  '10.96.0.1',
];

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const config = readConfig(args);
  const ports = systemPorts();
  const credentials = await loadCredentials(config.dir, [...new Set([...serverNames, config.advertise.address])], ports.now());
  const failed = (error: unknown): void =>
    void process.stderr.write(`apiserver: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  const { server, close } = await wire({ ...config, ports, credentials, failed });
  server.once('error', (error) => fail(error));
  server.listen(config.port, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    const url = `https://127.0.0.1:${port}`;
    writePrivate(join(config.dir, 'admin.kubeconfig'), formatKubeconfig(url, credentials));
    writeFileSync(join(config.dir, 'ca.crt'), credentials.authority.certificate);
    process.stdout.write(`ready: ${url} kubeconfig ${join(config.dir, 'admin.kubeconfig')}\n`);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, close);
}

function fail(error: unknown): void {
  process.stderr.write(`apiserver: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

await main(process.argv.slice(2)).catch(fail);

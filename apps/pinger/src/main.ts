import { changeLevelOnSignal, createLog } from '@kube-ovn/telemetry';
import { ConfigError, HELP, parseConfig } from './config.ts';
import { startPinger } from './wire.ts';

const USAGE = 2;

async function main(): Promise<void> {
  const config = parseConfig(process.argv.slice(2), process.env);
  if (config === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const log = createLog({ name: 'kube-ovn-pinger', level: config.logLevel, base: { node: config.nodeName } });
  changeLevelOnSignal(log);
  const pinger = await startPinger(config, log);
  log.info({ port: pinger.port }, 'started');
  const stop = async (): Promise<void> => {
    await pinger[Symbol.asyncDispose]();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigError ? USAGE : 1);
});

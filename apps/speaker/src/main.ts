import { changeLevelOnSignal, createLog } from '@kube-ovn/telemetry';
import { ConfigError, HELP, parseConfig } from './config.ts';
import { startSpeaker } from './wire.ts';

const USAGE = 2;

async function main(): Promise<void> {
  const config = parseConfig(process.argv.slice(2), process.env);
  if (config === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const log = createLog({ name: 'kube-ovn-speaker', level: config.logLevel, base: { node: config.nodeName } });
  changeLevelOnSignal(log);
  if (config.withoutEffect.length > 0) log.warn({ flags: config.withoutEffect }, 'these flags have no effect here: --help says why');
  const speaker = await startSpeaker(config, log);
  log.info({ metricsPort: speaker.metricsPort }, 'started');
  const stop = async (): Promise<void> => {
    log.info(config.defaults.gracefulRestart ? 'stopping; peers are asked to keep the routes' : 'stopping; all is withdrawn');
    await speaker[Symbol.asyncDispose]();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigError ? USAGE : 1);
});

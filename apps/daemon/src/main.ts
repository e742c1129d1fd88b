import { changeLevelOnSignal, createLog } from '@kube-ovn/telemetry';
import { ConfigError, HELP, parseConfig } from './config.ts';
import { DPDK_HELP, parseDpdkCommand } from './dpdk/command.ts';
import { runDpdk } from './dpdk/run.ts';
import { startDaemon } from './wire.ts';

const USAGE = 2;

/** The first argument of the command line that is no daemon. */
const DPDK = 'dpdk';

async function dpdk(args: readonly string[]): Promise<void> {
  const command = parseDpdkCommand(args);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  if (command === 'help') process.stdout.write(DPDK_HELP);
  else process.exitCode = await runDpdk(command, say);
}

async function main(): Promise<void> {
  const [first, ...rest] = process.argv.slice(2);
  if (first === DPDK) return dpdk(rest);
  const config = parseConfig(process.argv.slice(2), process.env);
  if (config === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const log = createLog({ name: 'kube-ovn-daemon', level: config.logLevel, base: { node: config.nodeName } });
  changeLevelOnSignal(log);
  const daemon = await startDaemon(config, log);
  log.info({ socket: config.bindSocket, metricsPort: daemon.metricsPort }, 'listening');
  const stop = async (): Promise<void> => {
    log.info('stopping; interfaces of pods stay as they are');
    await daemon[Symbol.asyncDispose]();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigError ? USAGE : 1);
});

/**
 * What `ovsdb --help` and `ovsdb COMMAND --help` print.
 */
import type { SpecificOption } from './arguments.ts';
import type { Command } from './command.ts';

const REMOTE = 'REMOTE is unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT; several members of a cluster are joined with commas.';

const COMMON = [
  '  --json                   JSON instead of text',
  '  -t, --timeout SECONDS    give up after so long, 0 for never (default 10; monitor, watch and replica never do)',
  '  --no-leader-only         accept any member of a cluster',
  '  -p, --private-key FILE   -c, --certificate FILE   -C, --ca-cert FILE   for ssl remotes',
  '  -h, --help',
];

const SPECIFIC: Readonly<Record<SpecificOption, string>> = {
  table: '  --table TABLE            this table alone (may be repeated)',
  gone: '  --gone                   wait until there is no such row',
  'changes-only': '  --changes-only           leave the content at the start out',
  from: '  --from MODULE            from where the definitions import this package (default @kube-ovn/ovsdb)',
};

const EXIT_CODES = [
  'exit codes',
  '  0  done',
  '  1  refused by the server, or the database cannot be reached or used',
  '  2  wrong usage, also a table or column that the database does not have',
  '  3  --timeout passed without an answer, or without what "wait" waits for',
];

/** The list of commands. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'usage: ovsdb COMMAND REMOTE [DATABASE] [ARGUMENT...] [OPTION...]',
    '',
    REMOTE,
    '',
    'commands ("ovsdb COMMAND --help" tells more)',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'options',
    ...COMMON,
    '',
    ...EXIT_CODES,
    '',
  ].join('\n');
}

/** All about a command. */
export function helpOf({ name, usage, summary, details, examples, options }: Command): string {
  return [
    `usage: ovsdb ${name} ${usage} [OPTION...]`,
    '',
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...details,
    '',
    REMOTE,
    '',
    'options',
    ...options.map((option) => SPECIFIC[option]),
    ...COMMON,
    '',
    'examples',
    ...examples.map((example) => `  ${example}`),
    '',
    ...EXIT_CODES,
    '',
  ].join('\n');
}

/** Completion for fish. */
import { type Flag, flagsWithValue, type Stop, type Values } from './tree.ts';

export function fishCompletion(name: string, stops: readonly Stop[]): string {
  const turns = stops.flatMap(({ path, commands }) =>
    commands.map(
      (turn) =>
        `            case ${quoted(`${path} ${turn.name}`)}\n                set where ${quoted(turn.to)}\n                set given 0`,
    ),
  );
  return `# fish completion of ${name}: ${name} completion fish | source
function __${name}_at
    set -l where ${name}
    set -l given 0
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$where $word"
            case ${flagsWithValue(stops).map(quoted).join(' ')}
                set skip 1
${turns.join('\n')}
            case '* -*'
            case '*'
                set given (math $given + 1)
        end
    end
    test "$where" = "$argv[1]"; and test -z "$argv[2]" -o "$given" = "$argv[2]"
end
complete -c ${name} -f
${stops.flatMap((stop) => linesOf(name, stop)).join('\n')}`;
}

function linesOf(name: string, { path, options, operands, commands }: Stop): readonly string[] {
  const at = (place: string): string => `complete -c ${name} -n ${quoted(`__${name}_at ${quoted(path)}${place}`)}`;
  return [
    ...commands.map((turn) => `${at(' 0')} -a ${quoted(turn.name)} -d ${quoted(turn.summary)}`),
    ...options.map((flag) => `${at('')} ${flagNames(flag)}${valueOf(flag.values)} -d ${quoted(flag.summary)}`),
    ...operands.flatMap((values, i) => (values.kind === 'any' ? [] : [`${at(` ${i}`)}${operandOf(values)}`])),
  ];
}

function flagNames({ names }: Flag): string {
  return names.map((name) => (name.startsWith('--') ? `-l ${quoted(name.slice(2))}` : `-s ${quoted(name.slice(1))}`)).join(' ');
}

function valueOf(values: Values | undefined): string {
  if (values === undefined) return '';
  return values.kind === 'file' ? ' -r -F' : ` -x${values.kind === 'words' ? ` -a ${quoted(values.words.join(' '))}` : ''}`;
}

function operandOf(values: Values): string {
  return values.kind === 'words' ? ` -a ${quoted(values.words.join(' '))}` : ' -F';
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}

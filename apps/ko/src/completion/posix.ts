/** Completion for bash and zsh, whose `case` is the same. */
import { flagsWithValue, type Stop, type Values } from './tree.ts';

interface Dialect {
  readonly words: (words: readonly Suggestion[], kind: 'command' | 'option' | 'value') => string;
  readonly files: string;
}

interface Suggestion {
  readonly word: string;
  readonly summary: string;
}

export function bashCompletion(name: string, stops: readonly Stop[]): string {
  const dialect: Dialect = {
    words: (words) => `mapfile -t COMPREPLY < <(compgen -W ${quoted(words.map(({ word }) => word).join(' '))} -- "$current")`,
    files: 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current")',
  };
  return `# bash completion of ${name}: source <(${name} completion bash)
_${name}() {
  local where=${name} given=0 i current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$where \${COMP_WORDS[i]}" in
${walk(stops)}
    esac
  done
${choices(stops, dialect)}
}
complete -F _${name} ${name}`;
}

export function zshCompletion(name: string, stops: readonly Stop[]): string {
  const described = ({ word, summary }: Suggestion): string => quoted(`${word.replaceAll(':', '\\:')}:${summary.replaceAll('\n', ' ')}`);
  const dialect: Dialect = {
    words: (words, kind) =>
      kind === 'value'
        ? `compadd -- ${words.map(({ word }) => quoted(word)).join(' ')}`
        : `found=(${words.map(described).join(' ')}); _describe ${kind === 'option' ? '-o ' : ''}${kind} found`,
    files: '_files',
  };
  return `#compdef ${name}
# zsh completion of ${name}: source <(${name} completion zsh), after compinit
_${name}() {
  local where=${name} given=0 i current=\${words[CURRENT]} previous=\${words[CURRENT-1]}
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "$where \${words[i]}" in
${walk(stops)}
    esac
  done
${choices(stops, dialect)}
}
if [ "\${funcstack[1]}" = _${name} ]; then _${name} "$@"; else compdef _${name} ${name}; fi`;
}

/** Where the words before the cursor lead to, and how many operands are among them. */
function walk(stops: readonly Stop[]): string {
  const withValue = flagsWithValue(stops);
  const turns = stops.flatMap(({ path, commands }) => commands.map(({ name, to }) => ({ at: `${path} ${name}`, to })));
  return [
    `${withValue.map(quoted).join(' | ')}) ((i++)) ;;`,
    ...turns.map(({ at, to }) => `${quoted(at)}) where=${quoted(to)} given=0 ;;`),
    `*' '-*) ;;`,
    `*) ((given++)) ;;`,
  ]
    .map((line) => `      ${line}`)
    .join('\n');
}

function choices(stops: readonly Stop[], dialect: Dialect): string {
  const values = stops.flatMap(({ path, options }) =>
    options.flatMap(({ names, values: found }) =>
      found === undefined ? [] : armsOf(names.map((name) => quoted(`${path} ${name}`)).join(' | '), found, dialect),
    ),
  );
  const flags = stops.flatMap(({ path, options }): readonly Arm[] => {
    const words = options.flatMap(({ names, summary }) => names.map((word) => ({ word, summary })));
    return words.length === 0 ? [] : [{ pattern: `${quoted(`${path} `)}[0-9]*' '-*`, action: dialect.words(words, 'option') }];
  });
  const rest = stops.flatMap(({ path, operands, commands }): readonly Arm[] => {
    const words = commands.map(({ name, summary }) => ({ word: name, summary }));
    const turns = words.length === 0 ? [] : [{ pattern: `${quoted(`${path} 0 `)}*`, action: dialect.words(words, 'command') }];
    return [...turns, ...operands.flatMap((found, i) => armsOf(`${quoted(`${path} ${i} `)}*`, found, dialect))];
  });
  return `  case "$where $previous" in
${caseOf(values.map(({ pattern, action }) => ({ pattern, action: `${action}; return` })))}
    ${flagsWithValue(stops).map(quoted).join(' | ')}) return ;;
  esac
  case "$where $given $current" in
${caseOf(flags)}
${caseOf(rest)}
  esac`;
}

/** One branch of a `case`. */
interface Arm {
  readonly pattern: string;
  readonly action: string;
}

/** What is done alike is written once. */
function caseOf(arms: readonly Arm[]): string {
  return [...Map.groupBy(arms, ({ action }) => action)]
    .map(([action, alike]) => `    ${alike.map(({ pattern }) => pattern).join(' | ')}) ${action} ;;`)
    .join('\n');
}

/** None where only the user knows the value. */
function armsOf(pattern: string, values: Values, dialect: Dialect): readonly Arm[] {
  switch (values.kind) {
    case 'any':
      return [];
    case 'file':
      return [{ pattern, action: dialect.files }];
    case 'words': {
      const words = values.words.map((word) => ({ word, summary: '' }));
      return [{ pattern, action: dialect.words(words, 'value') }];
    }
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

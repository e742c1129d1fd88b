import { execFileSync } from 'node:child_process';
import { Argument, Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { fishCompletion } from './fish.ts';
import { bashCompletion, zshCompletion } from './posix.ts';
import { stopsOf } from './tree.ts';

function program(): Command {
  const root = new Command('net').description('a program').enablePositionalOptions();
  root.option('--config <file>', 'where it’s set');
  root
    .command('check')
    .description("what's: wrong")
    .addOption(new Option('-o, --output <format>', 'form').choices(['text', 'json']));
  root
    .command('trace')
    .alias('follow')
    .argument('<from>')
    .addArgument(new Argument('<protocol>').choices(['tcp', 'udp']));
  const database = root.command('nb').description('a database');
  database.command('backup').argument('[file]').option('--force', 'write over');
  root.command('tool').allowUnknownOption().passThroughOptions().helpOption(false).argument('[args...]');
  return root;
}

const stops = stopsOf(program());

/** What bash itself offers for a line that ends at its last word. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${bashCompletion('net', stops)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _net; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const printed = execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8', cwd: import.meta.dirname });
  return printed.split('\n').filter((line) => line !== '');
}

describe('bash completes', () => {
  it.each([
    ['subcommands', ['net', ''], ['check', 'trace', 'follow', 'nb', 'tool', 'help']],
    ['what has been begun', ['net', 'fo'], ['follow']],
    ['subcommands of subcommands', ['net', 'nb', 'b'], ['backup']],
    ['subcommands after a flag with its value', ['net', '--config', 'check', 'nb', 'b'], ['backup']],
    ['flags of the program', ['net', '--'], ['--config', '--help']],
    ['flags of a subcommand, after operands too', ['net', 'nb', 'backup', 'x', '--f'], ['--force']],
    ['values of a flag', ['net', 'check', '-o', ''], ['text', 'json']],
    ['values of its long form', ['net', 'check', '--output', 'j'], ['json']],
    ['an operand by its place, by the alias too', ['net', 'follow', 'a', ''], ['tcp', 'udp']],
    ['files for a flag', ['net', '--config', 'tre'], ['tree.ts']],
    ['files for an operand', ['net', 'nb', 'backup', 'fis'], ['fish.ts']],
    ['nothing where only the user knows', ['net', 'trace', ''], []],
    ['nothing for what is another program’s', ['net', 'tool', '--'], []],
  ])('%s', (_what, words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

describe('zsh and fish', () => {
  it('zsh gets summaries, with colons and quotes that stay text', () => {
    expect(zshCompletion('net', stops)).toContain(String.raw`'check:what'\''s: wrong'`);
  });

  it('zsh knows the values of flags and operands', () => {
    const script = zshCompletion('net', stops);
    expect(script).toContain(`'net check -o' | 'net check --output') compadd -- 'text' 'json'; return ;;`);
    expect(script).toContain(`'net trace 1 '*) compadd -- 'tcp' 'udp' ;;`);
  });

  it('fish offers a subcommand where it can stand, and values of flags and operands', () => {
    const script = fishCompletion('net', stops);
    const at = (path: string, place: string): string => String.raw`complete -c net -n '__net_at \'${path}\'${place}'`;
    expect(script).toContain(String.raw`${at('net', ' 0')} -a 'check' -d 'what\'s: wrong'`);
    expect(script).toContain(`${at('net check', '')} -s 'o' -l 'output' -x -a 'text json' -d 'form'`);
    expect(script).toContain(`${at('net nb backup', ' 0')} -F`);
    expect(script).toContain(`${at('net', '')} -l 'config' -r -F -d 'where it’s set'`);
  });
});

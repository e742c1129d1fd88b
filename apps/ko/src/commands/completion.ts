/** `ko completion`: what the Tab key offers. */
import { Argument, type Command } from 'commander';
import { fishCompletion } from '../completion/fish.ts';
import { bashCompletion, zshCompletion } from '../completion/posix.ts';
import { stopsOf } from '../completion/tree.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

const EXAMPLES = `
examples:
  source <(ko completion bash)
  ko completion zsh > "\${fpath[1]}/_ko"
  ko completion fish > ~/.config/fish/completions/ko.fish`;

export function completionCommand(program: Command): void {
  program
    .command('completion')
    .description('a script by which a shell completes subcommands, flags and their values')
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(scripts)))
    .addHelpText('after', EXAMPLES)
    // a shell asks as it starts, wherever that is: no cluster need be known
    .action((shell: keyof typeof scripts) => program.configureOutput().writeOut?.(`${scripts[shell]('ko', stopsOf(program))}\n`));
}

/** What can stand on a command line of `ko`, read from commander's tree. Pure. */
import type { Argument, Command, Option } from 'commander';

/** A command with what may follow it. */
export interface Stop {
  /** `ko nb backup` */
  readonly path: string;
  readonly options: readonly Flag[];
  /** By place. */
  readonly operands: readonly Values[];
  readonly commands: readonly Turn[];
}

/** A word that leads to another stop. */
export interface Turn {
  readonly name: string;
  readonly summary: string;
  readonly to: string;
}

export interface Flag {
  /** `-o`, `--output` */
  readonly names: readonly string[];
  readonly summary: string;
  /** Undefined for one that takes no value. */
  readonly values: Values | undefined;
}

/** What a value can be: one of some words, a file, or what only the user knows. */
export type Values = { readonly kind: 'words'; readonly words: readonly string[] } | { readonly kind: 'file' } | { readonly kind: 'any' };

/** Every command, the program itself first. */
export function stopsOf(command: Command, path: string = command.name()): readonly Stop[] {
  const help = command.createHelp();
  const children = help.visibleCommands(command);
  const turns = children.flatMap((child) =>
    [child.name(), ...child.aliases()].map((name) => ({ name, summary: child.description(), to: `${path} ${child.name()}` })),
  );
  const stop: Stop = {
    path,
    options: help.visibleOptions(command).map(flagOf),
    operands: command.registeredArguments.map(operandOf),
    commands: turns,
  };
  return [stop, ...children.flatMap((child) => stopsOf(child, `${path} ${child.name()}`))];
}

function flagOf(option: Option): Flag {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const takesValue = option.required || option.optional;
  return { names, summary: option.description, values: takesValue ? valuesOf(option.argChoices, /<file>/.test(option.flags)) : undefined };
}

function operandOf(argument: Argument): Values {
  return valuesOf(argument.argChoices, argument.name() === 'file');
}

function valuesOf(choices: readonly string[] | undefined, isFile: boolean): Values {
  if (choices !== undefined) return { kind: 'words', words: choices };
  return isFile ? { kind: 'file' } : { kind: 'any' };
}

/** `PATH FLAG` of every flag that the next word belongs to. */
export function flagsWithValue(stops: readonly Stop[]): readonly string[] {
  return stops.flatMap(({ path, options }) =>
    options.flatMap(({ names, values }) => (values === undefined ? [] : names.map((name) => `${path} ${name}`))),
  );
}

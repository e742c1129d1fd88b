/** argv → flag values. Accepts `--name=value` and `--name value`; one dash is as good as two, and a boolean alone is true, as in Go. */
import { ControllerError } from '../errors.ts';
import { acceptedWithoutEffect, alwaysSo, type FlagName, flags } from './flags.ts';

export interface ParsedFlags {
  readonly values: Readonly<Record<FlagName, string>>;
  /** Flags that were given and have no effect; a switch with its value, when that is not what is always so. */
  readonly withoutEffect: readonly string[];
  readonly help: boolean;
}

/** @throws {ControllerError} CONTROLLER_BAD_FLAG — an unknown flag, a missing value, or an argument that is not a flag */
export function parseFlags(argv: readonly string[]): ParsedFlags {
  const values = Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, flag.default])) as Record<FlagName, string>;
  const withoutEffect: string[] = [];
  let help = false;
  for (let at = 0; at < argv.length; at += 1) {
    const { name, value } = splitArgument(argv[at] ?? '');
    if (name === 'help' || name === 'h') help = true;
    else if (acceptedWithoutEffect.has(name)) withoutEffect.push(name);
    else if (alwaysSo.has(name)) withoutEffect.push(...ignored(name, value));
    else {
      const flag = knownFlag(name);
      const alone = flags[flag].kind === 'boolean' ? 'true' : undefined;
      if (value === undefined && alone === undefined) at += 1;
      values[flag] = value ?? alone ?? nextValue(flag, argv[at]);
    }
  }
  return { values, withoutEffect, help };
}

/** A switch alone is true; `1`, `t`, `T`, `TRUE` and `True` are true too. @source Go strconv.ParseBool */
function ignored(name: string, value = 'true'): readonly string[] {
  const asked = /^(?:1|t|true)$/i.test(value) ? 'true' : 'false';
  return asked === alwaysSo.get(name) ? [] : [`${name}=${value}`];
}

function splitArgument(argument: string): { readonly name: string; readonly value: string | undefined } {
  const match = /^--?([^=]+)(?:=(.*))?$/s.exec(argument);
  if (match?.[1] === undefined) throw badFlag(argument, 'is not a flag; flags begin with --');
  return { name: match[1], value: match[2] };
}

function knownFlag(name: string): FlagName {
  if (!isFlagName(name)) throw badFlag(`--${name}`, 'is unknown; --help lists the flags');
  return name;
}

function nextValue(flag: FlagName, next: string | undefined): string {
  if (next === undefined || next.startsWith('--')) throw badFlag(`--${flag}`, 'needs a value');
  return next;
}

function isFlagName(name: string): name is FlagName {
  return Object.hasOwn(flags, name);
}

function badFlag(flag: string, what: string): ControllerError {
  return new ControllerError('CONTROLLER_BAD_FLAG', `flag ${flag} ${what}`, { flag });
}

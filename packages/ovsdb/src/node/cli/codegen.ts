#!/usr/bin/env node
/**
 * `ovsdb-codegen SCHEMA`: writes table definitions for any schema to standard output.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { generateDefinitions } from '../../codegen/generate.ts';
import { parseJson } from '../../json/json.ts';
import { parseSchema } from '../../schema/parse.ts';

const USAGE = `usage: ovsdb-codegen FILE.ovsschema [--from MODULE] > tables.ts

Writes a table definition and a row type for each table of a schema. FILE may be "-" for standard input.

options
  --from MODULE   from where the definitions import this package (default @kube-ovn/ovsdb)
  -h, --help

examples
  ovsdb-codegen /usr/share/openvswitch/vtep.ovsschema > vtep.ts
  ovsdb schema unix:/run/ovn/ovnsb_db.sock OVN_Southbound | ovsdb-codegen - > southbound.ts
`;

const STANDARD_INPUT = 0;

function main(args: readonly string[]): void {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' }, from: { type: 'string' } },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new TypeError('one FILE is needed');
  try {
    const text = readFileSync(file === '-' ? STANDARD_INPUT : file, 'utf8');
    process.stdout.write(generateDefinitions(parseSchema(parseJson(text, true)), values.from));
  } catch (error) {
    process.stderr.write(`ovsdb-codegen: ${file}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

try {
  main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`ovsdb-codegen: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 2;
}

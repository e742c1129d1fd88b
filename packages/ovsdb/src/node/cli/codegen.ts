#!/usr/bin/env node
/**
 * `ovsdb-codegen`: writes table definitions for any schema to standard output.
 */
import { readFileSync } from 'node:fs';
import { generateDefinitions } from '../../codegen/generate.ts';
import { asOvsdbError } from '../../errors.ts';
import { parseJson } from '../../json/json.ts';
import { parseSchema } from '../../schema/parse.ts';
import type { DatabaseSchema } from '../../schema/types.ts';
import { parseArguments, UsageError } from './arguments.ts';
import type { Invocation } from './arguments.ts';
import { withLive } from './live.ts';
import { runProgram } from './program.ts';

const USAGE = `usage: ovsdb-codegen FILE [OPTION...] > tables.ts
       ovsdb-codegen REMOTE DATABASE [OPTION...] > tables.ts

Writes a table definition and a row type for each table of a schema. The schema is read from a FILE ("-" is standard input) or from
a running server: REMOTE is unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT.

options
  --from MODULE            from where the definitions import this package (default @kube-ovn/ovsdb)
  -t, --timeout SECONDS    give up on a server after so long (default 10)
  -p, --private-key FILE   -c, --certificate FILE   -C, --ca-cert FILE   for ssl remotes
  -h, --help

examples
  ovsdb-codegen /usr/share/openvswitch/vtep.ovsschema > vtep.ts
  ovsdb-codegen unix:/run/ovn/ovnsb_db.sock OVN_Southbound > southbound.ts
`;

const STANDARD_INPUT = 0;

await runProgram('ovsdb-codegen', async (args, streams) => {
  const parsed = parseArguments(args);
  const stray = parsed.given.find((option) => option !== 'from');
  if (stray !== undefined) throw new UsageError(`--${stray} is no option of ovsdb-codegen`);
  if (parsed.isHelp) await streams.write(USAGE);
  else await streams.write(generateDefinitions(await schemaOf(parsed), parsed.from));
});

function schemaOf(invocation: Invocation): Promise<DatabaseSchema> {
  const [file, database, ...rest] = invocation.positionals;
  if (file === undefined || rest.length > 0) throw new UsageError('usage: ovsdb-codegen FILE, or ovsdb-codegen REMOTE DATABASE');
  // Any member of a cluster knows the schema.
  if (database !== undefined) return withLive({ ...invocation, leaderOnly: false }, {}, (client) => client.server.fetchSchema());
  return Promise.resolve(schemaIn(file));
}

function schemaIn(file: string): DatabaseSchema {
  let text: string;
  try {
    text = readFileSync(file === '-' ? STANDARD_INPUT : file, 'utf8');
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  try {
    return parseSchema(parseJson(text, true));
  } catch (error) {
    throw new Error(`${file}: ${asOvsdbError(error, 'OVSDB_BAD_SCHEMA', 'it is no JSON').message}`, { cause: error });
  }
}

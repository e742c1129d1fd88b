import { isArray, isObject, parseJson, printJson } from '../../../json/json.ts';
import type { Json, JsonObject } from '../../../json/json.ts';
import { OvsdbError } from '../../../errors.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { withLive } from '../live.ts';
import { writeLine } from '../streams.ts';
import type { Streams } from '../streams.ts';

/** `transact`: operations as one transaction. */
export const transact: Command = {
  name: 'transact',
  usage: 'REMOTE DATABASE OPERATION...',
  summary: 'run operations (RFC 7047 5.2, JSON) as one transaction',
  details: [
    'Each OPERATION is a JSON object or an array of them; "-" reads them from standard input, as one JSON text or one a line. All are',
    'one transaction: either every one takes effect or none does. Prints the array of results as one line of JSON, refused or not.',
    'When the connection ends before the answer, the outcome is unknown (OVSDB_DISCONNECTED); nothing is sent twice.',
  ],
  examples: [
    `ovsdb transact unix:/run/ovn/ovnnb_db.sock OVN_Northbound '{"op":"insert","table":"Logical_Switch","row":{"name":"blue"}}'`,
    `ovsdb transact unix:/run/ovn/ovnnb_db.sock OVN_Northbound '{"op":"select","table":"Logical_Switch","where":[]}'`,
    'ovsdb transact unix:/run/ovn/ovnnb_db.sock OVN_Northbound - < operations.json',
  ],
  options: [],
  async run(invocation, streams) {
    const [remote = '', database = '', ...texts] = invocation.positionals;
    if (texts.length === 0)
      throw new UsageError('transact takes at least one OPERATION in JSON, for example \'{"op":"select","table":"T","where":[]}\'');
    const operations: JsonObject[] = [];
    for (const text of texts) operations.push(...(text === '-' ? readInput(await inputText(streams)) : readOperations(text)));
    await withLive({ ...invocation, positionals: [remote, database] }, {}, async (client) => {
      const results = await client.request('transact', [client.replica.database, ...operations]);
      await writeLine(streams, [printJson(results)]);
      checkResults(results, operations.length);
    });
  },
};

/** @throws {OvsdbError} OVSDB_SERVER_ERROR naming the operation that was refused, with the server's words */
function checkResults(results: Json, count: number): void {
  for (const [at, result] of isArray(results) ? results.entries() : []) {
    const error = isObject(result) ? result['error'] : undefined;
    if (!isObject(result) || typeof error !== 'string') continue;
    const { details } = result;
    const words = typeof details === 'string' ? `${error}: ${details}` : error;
    throw new OvsdbError('OVSDB_SERVER_ERROR', `${at < count ? `operation ${at}` : 'the commit'} was refused: ${words}`);
  }
}

async function inputText({ input }: Streams): Promise<string> {
  input.setEncoding('utf8');
  let text = '';
  for await (const piece of input) text += String(piece);
  return text;
}

/** Standard input: one JSON text, or one a line. */
function readInput(text: string): readonly JsonObject[] {
  const whole = operationsIn(text);
  if (whole !== undefined) return whole;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new UsageError('standard input holds no operation');
  return lines.flatMap(readOperations);
}

function readOperations(text: string): readonly JsonObject[] {
  const operations = operationsIn(text);
  if (operations === undefined) throw new UsageError(`not a JSON object, nor an array of them: ${text}`);
  return operations;
}

function operationsIn(text: string): readonly JsonObject[] | undefined {
  try {
    const json = parseJson(text, true);
    const operations = isArray(json) ? json : [json];
    return operations.every(isObject) ? operations : undefined;
  } catch {
    return undefined;
  }
}

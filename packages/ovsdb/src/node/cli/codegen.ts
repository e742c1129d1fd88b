#!/usr/bin/env node
/**
 * `ovsdb-codegen SCHEMA`: writes table definitions for any schema to standard output.
 */
import { readFileSync } from 'node:fs';
import { generateDefinitions } from '../../codegen/generate.ts';
import { parseJson } from '../../json/json.ts';
import { parseSchema } from '../../schema/parse.ts';

const [file, ...more] = process.argv.slice(2);
if (file === undefined || more.length > 0 || file.startsWith('-')) {
  process.stderr.write('usage: ovsdb-codegen FILE.ovsschema > tables.ts\n');
  process.exitCode = file === '--help' || file === '-h' ? 0 : 2;
} else {
  try {
    process.stdout.write(generateDefinitions(parseSchema(parseJson(readFileSync(file, 'utf8'), true))));
  } catch (error) {
    process.stderr.write(`ovsdb-codegen: ${file}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** What the query of a write asks for. */
import type { WriteOptions } from '../api.ts';
import { badRequest } from '../status.ts';
import type { Exchange } from './exchange.ts';

/** The query parameters common to writes. @throws {StatusError} 400 */
export function writeOptions(exchange: Exchange): WriteOptions {
  const { query } = exchange;
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((value) => value !== 'All'))
    throw badRequest(`dryRun: Unsupported value: "${dryRun.join(',')}": supported values: "All"`);
  const validation = query.get('fieldValidation') ?? 'Warn';
  if (validation !== 'Ignore' && validation !== 'Warn' && validation !== 'Strict') {
    throw badRequest(`fieldValidation: Unsupported value: "${validation}": supported values: "Ignore", "Strict", "Warn"`);
  }
  const agent = exchange.header('user-agent')?.split('/')[0]?.split(' ')[0];
  const fieldManager = query.get('fieldManager') ?? (agent === undefined || agent === '' ? 'unknown' : agent);
  if (fieldManager.length > 128) throw badRequest('fieldManager may not be more than 128 bytes');
  return { dryRun: dryRun.length > 0, fieldManager, fieldValidation: validation, user: exchange.user, warn: exchange.warn };
}

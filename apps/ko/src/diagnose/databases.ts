/** The servers of OVN's databases. Pure. */
import type { Diagnosis } from './finding.ts';

export interface DatabaseFacts {
  readonly name: string;
  readonly servers: readonly { readonly name: string; /** Undefined when it is sound. */ readonly wrong: string | undefined }[];
  /** Why there is no server that takes writes; undefined when there is one. */
  readonly leaderless: string | undefined;
}

export function databaseFindings({ name, servers, leaderless }: DatabaseFacts): readonly Diagnosis[] {
  const broken = servers.flatMap(({ name: server, wrong }): readonly Diagnosis[] =>
    wrong === undefined
      ? []
      : [
          {
            severity: 'error',
            code: 'DATABASE_UNSOUND',
            object: `${name} at ${server}`,
            message: wrong,
            fix: 'see its log; a member whose machine is lost is taken out by "ko nb kick" or "ko sb kick"',
          },
        ],
  );
  if (leaderless === undefined) return broken;
  const none: Diagnosis = {
    severity: 'error',
    code: 'NO_DATABASE_LEADER',
    object: name,
    message: leaderless,
    fix: 'start servers until more than half of the members run: nothing changes until then, and what is there goes on',
  };
  return [none, ...broken];
}

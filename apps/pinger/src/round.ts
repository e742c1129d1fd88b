/** One round: everything is pinged and asked once. */
import type { Asked, Metrics } from './metrics.ts';
import type { Pinged } from './ping.ts';
import type { Target } from './targets.ts';

/** The world of a round. */
export interface RoundPorts {
  readonly ping: (address: string) => Promise<Pinged>;
  /** Throws when there is no good answer. */
  readonly ask: (what: Asked, name: string) => Promise<unknown>;
  readonly nowMs: () => number;
  /** Told of what fails, and of what works again, once each. */
  readonly changed: (what: string, problem: string | undefined) => void;
  /** How many things are done at the same time. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
}

/** What is asked, and by which name. */
export type Question = readonly [what: Asked, name: string];

export async function doRound(
  wish: { readonly targets: readonly Target[]; readonly questions: readonly Question[] },
  metrics: Pick<Metrics, 'pinged' | 'asked'>,
  { ping, ask, nowMs, changed, limit }: RoundPorts,
): Promise<void> {
  const pings = wish.targets.map((target) =>
    limit(async () => {
      const what = `${target.kind} ${target.labels['target_node_name'] ?? ''} ${target.address}`.replace('  ', ' ');
      try {
        const result = await ping(target.address);
        metrics.pinged(target, result);
        changed(what, result.received === 0 ? 'does not answer' : undefined);
      } catch (error) {
        changed(what, String(error));
      }
    }),
  );
  const questions = wish.questions.map(([what, name]) =>
    limit(async () => {
      const since = nowMs();
      try {
        await ask(what, name);
        metrics.asked(what, nowMs() - since);
        changed(`${what} ${name}`, undefined);
      } catch (error) {
        metrics.asked(what, undefined);
        changed(`${what} ${name}`, String(error));
      }
    }),
  );
  await Promise.all([...pings, ...questions]);
}

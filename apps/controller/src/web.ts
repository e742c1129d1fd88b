/** The web page, joined to the running controller. */
import type { Config } from './config/config.ts';
import type { Log } from './ports.ts';
import { serveWeb, type WebServer } from './server/web.ts';
import { gatherFacts } from './web/gather.ts';
import { answerWeb } from './web/routes.ts';
import type { Controller } from './wire.ts';

/** @throws when the address can not be listened on */
export function startWeb(
  at: NonNullable<Config['web']>,
  controller: Controller,
  { leaderElection: { identity } }: Config,
  log: Log,
): Promise<WebServer> {
  return serveWeb({
    ...at,
    answer: (request) => answerWeb(request, () => gatherFacts(controller, identity), new Date()),
    onError: (error) => log.error({ error: error instanceof Error ? error.message : String(error) }, 'the web page failed'),
  });
}

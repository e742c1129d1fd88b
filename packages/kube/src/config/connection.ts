/** Where the API server is, and how we prove who we are. */
import type { Agent } from 'node:http';

/** What goes with one request. Never logged. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: {
    readonly ca?: Buffer | string;
    readonly cert?: Buffer | string;
    readonly key?: Buffer | string;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** Set when connections go through a proxy. */
  readonly agent?: Agent;
}

/** A server and the way to be let in. */
export interface Connection {
  readonly server: URL;
  /** Asked for each request, since tokens expire. */
  credentials(): Promise<Credentials>;
}

/** One request and its answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { User } from '../api.ts';
import type { JsonValue } from '../json.ts';
import { formatJson } from '../json.ts';
import type { StatusError } from '../status.ts';

/** A request after authentication, with the means to answer it. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly user: User;
  readonly path: string;
  readonly query: URLSearchParams;

  constructor(request: IncomingMessage, response: ServerResponse, user: User) {
    this.request = request;
    this.response = response;
    this.user = user;
    const url = new URL(request.url ?? '/', 'https://localhost');
    this.path = url.pathname;
    this.query = url.searchParams;
  }

  get method(): string {
    return this.request.method ?? 'GET';
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(',') : value;
  }

  /** Tell the client something beside the answer. @source RFC 7234 §5.5, Kubernetes API "Warnings" */
  readonly warn = (text: string): void => {
    const quoted = text.replace(/[\\"]/g, String.raw`\$&`).replace(/[^\x20-\x7e]/g, '?');
    this.response.appendHeader('Warning', `299 - "${quoted}"`);
  };

  send(code: number, text: string, contentType = 'application/json'): void {
    const body = Buffer.from(text, 'utf8');
    this.response.writeHead(code, { 'Content-Type': contentType, 'Content-Length': body.length, 'Cache-Control': 'no-cache, private' });
    this.response.end(this.method === 'HEAD' ? undefined : body);
  }

  sendJson(code: number, value: JsonValue): void {
    this.send(code, formatJson(value));
  }

  sendError(error: StatusError): void {
    if (this.response.headersSent) {
      this.response.destroy();
      return;
    }
    const wait = error.details?.['retryAfterSeconds'];
    if (typeof wait === 'number') this.response.setHeader('Retry-After', String(wait));
    this.sendJson(error.code, error.toStatus());
  }
}

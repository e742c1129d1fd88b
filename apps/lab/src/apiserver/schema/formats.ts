/** String formats of OpenAPI that the API server checks. @source apiextensions.k8s.io/v1 JSONSchemaProps.format */
import { isIP, isIPv4, isIPv6 } from 'node:net';

type Check = (text: string) => boolean;

const uuid: Check = (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text);
const dateTime: Check = (text) =>
  /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text.replace(' ', 'T')));
const date: Check = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
/** @source Go time.ParseDuration */
const duration: Check = (text) =>
  text === '0' || /^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))*$/.test(text);
const hostname: Check = (text) =>
  text.length <= 253 && /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*\.?$/i.test(text);

function cidr(text: string): boolean {
  const at = text.lastIndexOf('/');
  const family = isIP(text.slice(0, Math.max(at, 0)));
  const bits = text.slice(at + 1);
  return family !== 0 && /^(0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['ipv4', isIPv4],
  ['ipv6', isIPv6],
  ['ip', (text) => isIP(text) !== 0],
  ['cidr', cidr],
  ['mac', (text) => /^([0-9a-f]{2}([:-]))([0-9a-f]{2}\2){4}[0-9a-f]{2}$/i.test(text)],
  ['uuid', uuid],
  ['uuid4', uuid],
  ['date', date],
  ['date-time', dateTime],
  ['datetime', dateTime],
  ['duration', duration],
  ['hostname', hostname],
  ['email', (text) => /^[^\s@]+@[^\s@]+$/.test(text)],
  ['uri', (text) => text.startsWith('/') || URL.canParse(text)],
  ['byte', (text) => /^[A-Za-z0-9+/\r\n]*={0,2}\s*$/.test(text)],
  ['hexcolor', (text) => /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(text)],
]);

/** Whether a text has a format; formats that the API server does not know are not checked. */
export function hasFormat(format: string, text: string): boolean {
  return checks.get(format)?.(text) ?? true;
}

/** The spec that was accepted last, kept on the IPPool itself: while a user's edit can not be used, the pool goes on as before. */
import { acceptedFields, type IPPool, type IpPoolSpec } from '@kube-ovn/api';

/** The annotation's text for a spec. */
export function poolSpecInForce({ subnet, ips, namespaces }: IpPoolSpec): string {
  return JSON.stringify({ subnet, ips, ...(namespaces === undefined ? {} : { namespaces }) });
}

/** The pool with the spec that was accepted last; undefined when none was, or the annotation has been spoilt. */
export function poolAsAccepted(pool: IPPool): IPPool | undefined {
  const spec: unknown = acceptedFields(pool);
  return isPoolSpec(spec) ? { ...pool, spec } : undefined;
}

function isPoolSpec(value: unknown): value is IpPoolSpec {
  if (typeof value !== 'object' || value === null) return false;
  const { subnet, ips, namespaces = [] }: Partial<Readonly<Record<string, unknown>>> = { ...value };
  return typeof subnet === 'string' && isTexts(ips) && isTexts(namespaces);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

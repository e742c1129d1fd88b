/** Takes out of objects and texts what is secret. Pure. */

const REDACTED = 'REDACTED';

/** Ends of names whose values are secret, however they are written: `password`, `auth-token`, `apiKey`. */
const SECRET_NAME = String.raw`(?:password|passwd|passphrase|psk|token|secret|api[-_]?key|private[-_]?key|access[-_]?key|authorization|credentials?)`;
const IS_SECRET = new RegExp(`${SECRET_NAME}$`, 'i');
/** These name an object that has the secret, and not the secret. */
const REFERENCES = new Set(['passwordSecret']);

const RULES: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^]*?-----END \1-----/g, REDACTED],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, REDACTED],
  [/\b(Bearer|Basic)\s+[\w+/=.~-]+/gi, `$1 ${REDACTED}`],
  [/(:\/\/)[^\s/:@]+:[^\s/@]+@/g, `$1${REDACTED}@`],
  // "key": "value", key=value, --key=value, key: value; in quotes that are escaped, too
  [new RegExp(String.raw`(${SECRET_NAME}\\?["']?\s*[=:]\s*)(\\?"(?:[^"\\]|\\[^"])*\\?"|'[^']*'|[^\s,;}"'\\]+)`, 'gi'), `$1${REDACTED}`],
];

/** Of a log, or what a program prints. */
export function redactText(text: string): string {
  return RULES.reduce((left, [pattern, replacement]) => left.replace(pattern, replacement), text);
}

/** What of an object is kept. */
export interface ObjectRules {
  /** Commands and variables of containers: of our own programs they say much, and of others they are nobody's business. */
  readonly keepsPrograms: boolean;
}

/** A copy of an object of Kubernetes. Secrets are left with their names alone. */
export function redactObject(object: unknown, rules: ObjectRules): unknown {
  if (Array.isArray(object)) return object.map((item) => redactObject(item, rules));
  if (typeof object === 'string') return redactText(object);
  if (typeof object !== 'object' || object === null) return object;
  const isSecret = 'kind' in object && object.kind === 'Secret';
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]): readonly (readonly [string, unknown])[] => {
      // who wrote which field, and a copy of the object as text
      if (key === 'managedFields' || key === 'kubectl.kubernetes.io/last-applied-configuration') return [];
      if (isSecret && (key === 'data' || key === 'stringData')) return [[key, REDACTED]];
      if (!rules.keepsPrograms && (key === 'env' || key === 'envFrom' || key === 'args' || key === 'command') && Array.isArray(value))
        return [[key, REDACTED]];
      if (typeof value === 'string' && value !== '' && IS_SECRET.test(key) && !REFERENCES.has(key)) return [[key, REDACTED]];
      return [[key, isVariable(key, value) ? value.map(redactVariable) : redactObject(value, rules)]];
    }),
  );
}

interface Variable {
  readonly name?: unknown;
  readonly value?: unknown;
}

function isVariable(key: string, value: unknown): value is readonly Variable[] {
  return key === 'env' && Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null && 'name' in item);
}

function redactVariable(variable: Variable): unknown {
  if (typeof variable.value !== 'string') return variable;
  return { ...variable, value: IS_SECRET.test(String(variable.name)) ? REDACTED : redactText(variable.value) };
}

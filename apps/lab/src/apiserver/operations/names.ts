/** Which names, labels and annotations an object may bear. @source k8s.io/apimachinery/pkg/util/validation, pkg/api/validation */
import type { KubeObject } from '../object.ts';
import type { Resource } from '../resource/resource.ts';
import type { FieldError } from '../status.ts';

interface NameRule {
  readonly pattern: RegExp;
  readonly maxLength: number;
  readonly words: string;
}

const labelRegex = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainRegex = `${labelRegex}(\\.${labelRegex})*`;
const subdomain: NameRule = {
  pattern: new RegExp(`^${subdomainRegex}$`),
  maxLength: 253,
  words: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomainRegex}')`,
};
const label: NameRule = {
  pattern: new RegExp(`^${labelRegex}$`),
  maxLength: 63,
  words: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${labelRegex}')`,
};
const label1035: NameRule = {
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  maxLength: 63,
  words:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
};
const pathSegment: NameRule = {
  pattern: /^(?!\.{1,2}$)[^/%]+$/,
  maxLength: Number.POSITIVE_INFINITY,
  words: "may not be '.' or '..' and may not contain '/' or '%'",
};

const labelValue = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const qualifiedName = /^(?:([^/]+)\/)?([A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)$/;
/** bytes, all keys and values of the annotations together */
const annotationsLimit = 256 * 1024;

function ruleFor(resource: Resource): NameRule {
  if (resource.group === 'rbac.authorization.k8s.io') return pathSegment;
  if (!resource.builtin) return subdomain;
  if (resource.kind === 'Namespace') return label;
  return resource.kind === 'Service' ? label1035 : subdomain;
}

/** What is wrong with the metadata of an object, without looking at any other object. */
export function metadataProblems(resource: Resource, object: KubeObject): FieldError[] {
  const { name = '', labels = {}, annotations = {}, finalizers = [], ownerReferences = [] } = object.metadata;
  const problems: FieldError[] = [...nameProblems(ruleFor(resource), name)];
  for (const [key, value] of Object.entries(labels)) {
    problems.push(...keyProblems('metadata.labels', key));
    if (value.length > 63) problems.push(bad('metadata.labels', value, 'must be no more than 63 characters'));
    if (!labelValue.test(value)) {
      problems.push(
        bad(
          'metadata.labels',
          value,
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ),
      );
    }
  }
  let annotationBytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    problems.push(...keyProblems('metadata.annotations', key.toLowerCase()));
    annotationBytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (annotationBytes > annotationsLimit)
    problems.push({
      field: 'metadata.annotations',
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${annotationsLimit} bytes`,
    });
  finalizers.forEach((finalizer) => problems.push(...keyProblems('metadata.finalizers', finalizer)));
  ownerReferences.forEach((owner, index) => {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if ((owner[field] ?? '') === '')
        problems.push({
          field: `metadata.ownerReferences[${index}].${field}`,
          reason: 'FieldValueInvalid',
          message: `Invalid value: "": ${field} must not be empty`,
        });
    }
  });
  if (ownerReferences.filter((owner) => owner.controller === true).length > 1)
    problems.push(bad('metadata.ownerReferences', '', 'Only one reference can have Controller set to true'));
  return problems;
}

function nameProblems(rule: NameRule, name: string): FieldError[] {
  if (name === '')
    return [{ field: 'metadata.name', reason: 'FieldValueRequired', message: 'Required value: name or generateName is required' }];
  if (name.length > rule.maxLength) return [bad('metadata.name', name, `must be no more than ${rule.maxLength} characters`)];
  return rule.pattern.test(name) ? [] : [bad('metadata.name', name, rule.words)];
}

function keyProblems(field: string, key: string): FieldError[] {
  const parsed = qualifiedName.exec(key);
  if (parsed === null) {
    return [
      bad(
        field,
        key,
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ),
    ];
  }
  const [, prefix, name = ''] = parsed;
  if (name.length > 63) return [bad(field, key, 'name part must be no more than 63 characters')];
  if (prefix !== undefined && (!subdomain.pattern.test(prefix) || prefix.length > 253))
    return [bad(field, key, `prefix part ${subdomain.words}`)];
  return [];
}

function bad(field: string, value: string, why: string): FieldError {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: "${value}": ${why}` };
}

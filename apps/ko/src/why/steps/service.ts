/** From a service to the endpoints that it sends to. Pure. */
import { chooseBackends, readService, readSlice, type Service, type ServicePortInput } from '@kube-ovn/api';
import { passed, type Step, stopped } from '../answer.ts';
import type { Party } from '../ends.ts';
import type { Question } from '../question.ts';
import type { World } from '../world.ts';

export interface Resolution {
  readonly steps: readonly Step[];
  readonly backends: readonly { readonly address: string; readonly port: number }[];
}

/** @param address at which it is asked, where that is known */
export function resolveService(
  service: Service,
  asked: { readonly question: Pick<Question, 'protocol' | 'port'>; readonly from: Party; readonly family: 4 | 6 },
  world: World,
): Resolution {
  const { namespace = '', name } = service.metadata;
  const key = `${namespace}/${name}`;
  const object = `Service ${key}`;
  const end = (step: Step): Resolution => ({ steps: [step], backends: [] });
  if (service.spec?.type === 'ExternalName')
    return end(
      stopped({
        code: 'SERVICE_EXTERNAL_NAME',
        object,
        message: `is a name for ${service.spec.externalName ?? ''}, outside of the network`,
        fix: `ask for ${service.spec.externalName ?? 'that name'}`,
      }),
    );
  const input = readService(service);
  const port = input?.ports.find((one) => one.port === asked.question.port && one.protocol === asked.question.protocol.toLowerCase());
  if (input === undefined || port === undefined) return end(noPort(object, service, asked.question));
  const slices = world.slices.flatMap((slice) => readSlice(slice) ?? []).filter((slice) => slice.service === key);
  const all = chooseBackends({ port, family: asked.family }, slices);
  if (all.length === 0) return end(nobody(object, service, slices.flatMap(({ endpoints }) => endpoints).length));
  const node = asked.from.node?.metadata.name;
  if (!input.isInternalLocal || node === undefined)
    return { steps: [passed(object, `${describePort(port)} has ${count(all.length)}`)], backends: all };
  const near = chooseBackends({ port, family: asked.family, node }, slices);
  if (near.length > 0)
    return {
      steps: [passed(object, `${describePort(port)} has ${count(near.length)} on ${node}, and internalTrafficPolicy is Local`)],
      backends: near,
    };
  return end(
    stopped({
      code: 'SERVICE_NONE_NEAR',
      object,
      message: `internalTrafficPolicy is Local, and none of its ${count(all.length)} is on ${node}`,
      fix: `run one there, or set spec.internalTrafficPolicy to Cluster`,
    }),
  );
}

function noPort(object: string, { spec }: Service, { protocol, port }: Pick<Question, 'protocol' | 'port'>): Step {
  const ports = (spec?.ports ?? []).map((one) => `${one.protocol ?? 'TCP'}/${one.port}`).join(', ') || 'none';
  const what = port === undefined ? 'answers no ping: it has ports only' : `has no port ${protocol}/${port}`;
  return stopped({
    code: 'SERVICE_NO_PORT',
    object,
    message: `${what}; it has ${ports}`,
    fix: port === undefined ? 'give the port, e.g. 80' : 'ask for one of these, or add it to spec.ports',
  });
}

function nobody(object: string, { spec }: Service, known: number): Step {
  if (known > 0)
    return stopped({
      code: 'SERVICE_NOT_READY',
      object,
      message: `none of its ${count(known)} is ready`,
      fix: 'kubectl describe the pods: their readiness probes say why',
    });
  const selector = Object.entries(spec?.selector ?? {}).map(([label, value]) => `${label}=${value}`);
  return stopped({
    code: 'SERVICE_NO_ENDPOINTS',
    object,
    message:
      selector.length === 0
        ? 'has no selector, and nobody has written an EndpointSlice for it'
        : `no pod of its namespace has ${selector.join(', ')}`,
    fix:
      selector.length === 0
        ? 'write an EndpointSlice with the label kubernetes.io/service-name'
        : 'compare spec.selector with the labels of the pods',
  });
}

function describePort({ protocol, port }: ServicePortInput): string {
  return `port ${protocol.toUpperCase()}/${port}`;
}

function count(number: number): string {
  return number === 1 ? '1 endpoint' : `${number} endpoints`;
}

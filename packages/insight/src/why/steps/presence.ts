/** Is an end there at all: scheduled, with an address, bound on a node that works? Pure. */
import { DEFAULT_PROVIDER, isConditionTrue, podAnnotations } from '@kube-ovn/api';
import { doubtful, isStopped, passed, type Step, stopped } from '../answer.ts';
import { isOver, type Party } from '../ends.ts';
import type { World } from '../world.ts';

/** Up to the first thing that is in the way. */
export function presence(party: Party, world: World): readonly Step[] {
  const steps: Step[] = [];
  for (const look of [podIsThere, nodeWorks, vswitchdWorks, chassisWorks, portIsBound, linkIsUp]) {
    const step = look(party, world);
    if (step !== undefined) steps.push(step);
    if (isStopped(steps)) break;
  }
  return steps;
}

function podIsThere({ pod, object, addresses, subnet }: Party, world: World): Step | undefined {
  if (pod === undefined) return undefined;
  const { phase, reason, message } = pod.status ?? {};
  if (isOver(pod))
    return stopped({
      code: 'POD_OVER',
      object,
      message: `has ended (${phase ?? ''}${reason === undefined ? '' : `, ${reason}`})`,
      fix: 'ask for a pod that runs',
    });
  if (pod.spec?.nodeName === undefined || pod.spec.nodeName === '') {
    const why =
      pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.message ??
      'no node has been chosen yet';
    return stopped({
      code: 'POD_NOT_SCHEDULED',
      object,
      message: `runs nowhere: ${why}`,
      fix: 'kubectl describe the pod; the scheduler’s reason stands there',
    });
  }
  if (addresses[4] === undefined && addresses[6] === undefined) {
    const annotations = podAnnotations(DEFAULT_PROVIDER);
    const [given, allocated] = [annotations.ip_address.read(pod), annotations.allocated.read(pod)];
    const node = pod.spec.nodeName;
    // without `allocated`, the address is what its author wishes for
    if (allocated.ok && allocated.value === true && given.ok && given.value !== undefined)
      return stopped({
        code: 'POD_NO_INTERFACE',
        object,
        message: `has been given ${[given.value.v4, given.value.v6].filter((one) => one !== undefined).join(' and ')}, and has no interface on ${node} yet: ${lastWarning(pod.metadata, world) ?? 'nobody says why'}`,
        fix: `the daemon (kube-ovn-cni) on ${node} makes it when the kubelet asks: does it run, and what does its log say?`,
      });
    const why =
      lastWarning(pod.metadata, world) ??
      message ??
      'nobody says why; is a controller leading? (kubectl -n kube-system get lease kube-ovn-controller)';
    return stopped({
      code: 'POD_NO_ADDRESS',
      object,
      message: `has no address: ${why}`,
      fix: 'mend what the event names; the pod gets its address then by itself',
    });
  }
  const list = [addresses[4], addresses[6]].filter((address) => address !== undefined).join(' and ');
  return passed(object, `has ${list}${subnet === undefined ? '' : ` of Subnet ${subnet.metadata.name}`} on ${pod.spec.nodeName}`);
}

/** The newest warning about a pod. */
function lastWarning({ namespace, name }: { readonly namespace?: string; readonly name: string }, { events }: World): string | undefined {
  const about = events.filter(
    ({ type, involvedObject }) =>
      type === 'Warning' && involvedObject?.kind === 'Pod' && involvedObject.name === name && involvedObject.namespace === namespace,
  );
  const newest = about.toSorted((a, b) => ((a.lastTimestamp ?? '') < (b.lastTimestamp ?? '') ? -1 : 1)).at(-1);
  return newest === undefined ? undefined : `${newest.reason ?? ''}: ${newest.message ?? ''}`;
}

function nodeWorks({ node }: Party): Step | undefined {
  if (node === undefined) return undefined;
  const object = `Node ${node.metadata.name}`;
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready !== undefined && ready.status !== 'True') {
    const message = `is not ready: ${ready.message ?? ready.reason ?? 'unknown'}`;
    return doubtful({ code: 'NODE_NOT_READY', object, message, fix: 'look at the kubelet of that node; pods on it may live on, unseen' });
  }
  const tunnel = node.status?.conditions?.find(({ type }) => type === 'TunnelUnavailable');
  if (tunnel?.status !== 'True') return undefined;
  const fix = 'UDP port 6081 must pass between the nodes, in both directions';
  return doubtful({ code: 'NODE_TUNNEL_DOWN', object, message: `is cut off from other nodes: ${tunnel.message ?? ''}`, fix });
}

function vswitchdWorks({ node }: Party, { evidence }: World): Step | undefined {
  const { name } = node?.metadata ?? {};
  const seen = name === undefined ? undefined : evidence?.nodes.get(name);
  if (name === undefined || seen === undefined || seen.answers) return undefined;
  const culprit = {
    code: 'VSWITCHD_SILENT',
    object: `Node ${name}`,
    message: `its ovs-vswitchd does not answer${seen.isUserspace ? ', and it carries every packet of the node itself' : ': flows of the kernel may go on for a while'}`,
    fix: `restart Open vSwitch on ${name} (pod ovs-ovn); its log, and dmesg, say why it ended`,
  } as const;
  return seen.isUserspace ? stopped(culprit) : doubtful(culprit);
}

function chassisWorks({ node }: Party, { ovn }: World): Step | undefined {
  if (node === undefined || ovn === undefined) return undefined;
  const { name } = node.metadata;
  const chassis = ovn.chassis.get(name);
  if (chassis === undefined)
    return stopped({
      code: 'CHASSIS_MISSING',
      object: `Node ${name}`,
      message: 'is no chassis of OVN: its ovn-controller has never reached the Southbound database',
      fix: `ko appctl ${name} -t ovn-controller connection-status; ko vsctl ${name} get open . external_ids has ovn-remote`,
    });
  if (chassis.behind === 0) return undefined;
  return doubtful({
    code: 'CHASSIS_BEHIND',
    object: `Node ${name}`,
    message: `has not taken in the last ${changes(chassis.behind)}: its ovn-controller stands still, or has lost the Southbound database`,
    fix: `ko appctl ${name} -t ovn-controller connection-status, then restart ovn-controller`,
  });
}

/** In words. */
export function changes(number: number): string {
  return number === 1 ? 'change' : `${number} changes`;
}

function portIsBound({ port, object, pod, node }: Party, { ovn }: World): Step | undefined {
  if (ovn === undefined || port === undefined || node === undefined || (pod === undefined && object.startsWith('Pod'))) return undefined;
  const { name } = node.metadata;
  const seen = ovn.ports.get(port);
  if (seen === undefined)
    return stopped({
      code: 'PORT_MISSING',
      object,
      message: `has no logical switch port ${port} in OVN`,
      fix: 'the controller makes it: see its log, and whether one leads',
    });
  if (seen.node === undefined)
    return stopped({
      code: 'PORT_NOT_BOUND',
      object,
      message: `no node has taken its port ${port}`,
      fix: `ko vsctl ${name} find interface external_ids:iface-id=${port}; then the daemon’s log on ${name}`,
    });
  if (seen.node !== name)
    return stopped({
      code: 'PORT_ELSEWHERE',
      object,
      message: `its port ${port} is on ${seen.node}, and it runs on ${name}`,
      fix: `an interface of the former pod was left on ${seen.node}: ko check names it`,
    });
  if (!seen.isUp)
    return stopped({
      code: 'PORT_NOT_BOUND',
      object,
      message: `its port ${port} is on ${name}, whose flows for it are not there yet`,
      fix: `ko appctl ${name} -t ovn-controller connection-status`,
    });
  return undefined;
}

function linkIsUp({ port, object }: Party, { evidence }: World): Step | undefined {
  const seen = port === undefined ? undefined : evidence?.interfaces.get(port);
  if (seen?.isUp !== false) return undefined;
  return stopped({
    code: 'LINK_DOWN',
    object,
    message: 'its interface is down in the pod, or at the node’s end of it',
    fix: 'somebody has set it down: ip link set up dev eth0 in the pod, or start the pod anew',
  });
}

/** A Subnet that is not in force as it is written. */
export function subnetIsSound({ subnet }: Party): Step | undefined {
  if (subnet === undefined) return undefined;
  const refused = subnet.status?.conditions?.find(({ type, status }) => type === 'Validated' && status === 'False');
  if (refused === undefined || isConditionTrue(subnet.status?.conditions, 'Ready')) return undefined;
  return stopped({
    code: 'SUBNET_REFUSED',
    object: `Subnet ${subnet.metadata.name}`,
    message: `is refused: ${refused.message ?? ''}`,
    fix: 'mend the field that the condition names',
  });
}

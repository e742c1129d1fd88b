/** Where the parts of a lab are, in the form that `ko --site` reads. */
import { join } from 'node:path';
import { centralRemotes, databaseMembers, type Layout, NETNS_DIR } from '../infra/layout.ts';

export function siteFileOf({ dir }: Pick<Layout, 'dir'>): string {
  return join(dir, 'site.json');
}

/** @source apps/ko/src/site/site.ts */
export function siteOfLab(layout: Layout, kubeconfig: string): object {
  const members = (kind: 'nb' | 'sb'): readonly object[] =>
    databaseMembers(layout).map((member) => {
      const base = join(layout.central.dir, `${kind}${member}`);
      return { socket: `${base}.sock`, control: `${base}.ctl` };
    });
  const nodes = layout.nodeList.map(({ name, dir, namespace, ovsSocket }) => [
    name,
    {
      openvswitch: `unix:${ovsSocket}`,
      runDir: dir,
      namespace: join(NETNS_DIR, namespace),
      vswitchd: join(dir, 'ovs-vswitchd.ctl'),
    },
  ]);
  return {
    kubeconfig,
    northbound: centralRemotes(layout, 'nb'),
    southbound: centralRemotes(layout, 'sb'),
    members: { nb: members('nb'), sb: members('sb') },
    nodes: Object.fromEntries(nodes),
    logs: logsOf(layout),
  };
}

/** The files of the supervisor, by the names of its processes. */
function logsOf(layout: Layout): readonly object[] {
  const log = (part: string, program: string, id: string) => ({ part, program, file: join(layout.logDir, `${id}.log`) });
  const central = databaseMembers(layout).flatMap((member) => [
    log('ovn-central', `nb${member}`, `central-nb${member}`),
    log('ovn-central', `sb${member}`, `central-sb${member}`),
  ]);
  const controllers = [1, 2].map((i) => log('controller', `controller-${i}`, `controller-${i}`));
  const nodes = layout.nodeList.flatMap(({ name: node }) => [
    { ...log('ovs-ovn', 'ovsdb-server', `${node}-ovsdb`), node },
    { ...log('ovs-ovn', 'ovs-vswitchd', `${node}-vswitchd`), node },
    { ...log('ovs-ovn', 'ovn-controller', `${node}-ovn-controller`), node },
    { ...log('daemon', 'daemon', `${node}-daemon`), node },
  ]);
  return [...central, log('ovn-central', 'ovn-northd', 'central-northd'), ...controllers, ...nodes];
}

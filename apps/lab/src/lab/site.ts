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
  };
}

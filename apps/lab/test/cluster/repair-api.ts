import { podAnnotations, resources } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import { disagreements, eventually, readyPod, remove, runningPid, type LabRef } from './support.ts';

/** Line 6: what happens to the API server's watches, and to itself, needs no help. Only a server that is the lab's can be treated so. */
export function repairApi(lab: LabRef): void {
  it.each(['close', 'expire'])(
    'watches cut (%s): the next pod is served',
    async (how) => {
      const { stdout } = await runTool(
        ['kubectl', `--kubeconfig=${lab().kubeconfig}`, 'create', '--raw', `/debug/lab/cut-watches?how=${how}`, '-f', '-'],
        { input: '{}', accept: [0, 1] },
      );
      expect(stdout).not.toContain('NotFound');
      const pod = await readyPod(lab(), { name: `after-${how}`, namespace: 'pay' });
      expect(podAnnotations('ovn').logical_switch.read(pod)).toEqual({ ok: true, value: 'pay' });
      await remove(lab(), resources.pod, `pay/after-${how}`);
    },
    60_000,
  );

  it('the API server restarted: pods keep running, and the next one is served', async () => {
    const { supervisor } = lab();
    const pid = runningPid(lab(), 'apiserver');
    // Gently: the lab's API server saves its objects when it ends, and a moment after a change.
    process.kill(pid, 'SIGTERM');
    await eventually('the API server runs again', () => ![undefined, pid].includes(supervisor.pid('apiserver')));
    await eventually('it answers', () =>
      lab()
        .client.list(resources.node)
        .then(
          ({ items }) => items.length === 3,
          () => false,
        ),
    );
    await readyPod(lab(), { name: 'after-api', namespace: 'shop' });
    await remove(lab(), resources.pod, 'shop/after-api');
    expect(await disagreements(lab())).toBe('');
  }, 90_000);
}

/** Another's server is neither stopped nor cut off. */
export function leaveApiAlone(): void {
  process.stderr.write(
    'cutting watches and restarting the API server are not tested: the server of KUBE_OVN_TEST_KUBECONFIG is not ours\n',
  );
}

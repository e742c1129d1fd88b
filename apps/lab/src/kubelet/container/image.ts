/**
 * Images that this kubelet knows. There are none really: a container runs the host's programs in namespaces of its
 * own, and an image's name says only what runs when the container gives no command.
 */
import { fileURLToPath } from 'node:url';

export interface Image {
  readonly entrypoint: readonly string[];
  readonly arguments: readonly string[];
}

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const PAUSE: readonly string[] = ['sh', script('./pause.sh')];
const fromSource = (name: string): readonly string[] => [
  process.execPath,
  '--conditions=@kube-ovn/source',
  '--disable-warning=ExperimentalWarning',
  script(name),
];
const NETEXEC = fromSource('../../netexec/main.ts');

/** What images run by default, by the last part of their name. */
export const IMAGES: Readonly<Record<string, Image>> = {
  pause: { entrypoint: PAUSE, arguments: [] },
  busybox: { entrypoint: [], arguments: PAUSE },
  alpine: { entrypoint: [], arguments: PAUSE },
  debian: { entrypoint: [], arguments: PAUSE },
  pinger: { entrypoint: fromSource('../../../../pinger/src/main.ts'), arguments: [] },
  agnhost: { entrypoint: NETEXEC, arguments: ['pause'] },
};

/** Last part of an image reference, without registry, tag and digest. */
export function imageName(reference: string): string {
  return (
    (reference.split('@')[0] ?? '')
      .replace(/:[^:/]*$/, '')
      .split('/')
      .at(-1) ?? ''
  );
}

/**
 * The command line of a container.
 *
 * @returns undefined when the image is unknown and the container gives no command of its own
 * @source Kubernetes core/v1 Container.command (replaces the entrypoint) and args (replaces the arguments)
 */
export function commandLineOf(reference: string, command: readonly string[], args: readonly string[]): readonly string[] | undefined {
  const image = IMAGES[imageName(reference)];
  if (command.length > 0) return [...command, ...args];
  if (image === undefined) return undefined;
  const used = args.length > 0 ? args : image.arguments;
  const line = [...image.entrypoint, ...used];
  return line.length > 0 ? line : undefined;
}

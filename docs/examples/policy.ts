// A check for a pipeline: fails when the manifests let anybody but its clients reach the database.
// node policy.ts FILE...
import { type Flow, verdict } from '@kube-ovn/policy';
import { readManifests } from '@kube-ovn/policy/node';

const { objects } = readManifests(process.argv.slice(2));

const nameOf = ({ metadata }: { readonly metadata: { readonly namespace?: string; readonly name: string } }): string =>
  `${metadata.namespace ?? 'default'}/${metadata.name}`;
const isClient = (pod: (typeof objects.pods)[number]): boolean => pod.metadata.labels?.['db-client'] === 'yes';
const isDatabase = (pod: (typeof objects.pods)[number]): boolean => pod.metadata.labels?.['app'] === 'db';

let wrong = 0;
for (const to of objects.pods.filter(isDatabase)) {
  for (const from of objects.pods.filter((pod) => pod !== to)) {
    const flow: Flow = { from: { pod: nameOf(from) }, to: { pod: nameOf(to) }, protocol: 'TCP', port: 5432, family: 4 };
    const judged = verdict(objects, flow);
    // Nothing is said of a pod that has no address yet.
    if (judged === undefined || (judged.action === 'allow') === isClient(from)) continue;
    wrong += 1;
    console.log(`${nameOf(from)} -> ${nameOf(to)} 5432: ${judged.action} (${judged.because})`);
  }
}
console.log(wrong === 0 ? 'only clients reach the database' : `${wrong} connections are not as they should be`);
process.exitCode = wrong === 0 ? 0 : 1;

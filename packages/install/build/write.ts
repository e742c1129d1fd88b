/** Writes deploy/, the plain manifest and the chart, and the table of settings in docs/install.md. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chart, cleanupManifest, dashboardText, manifest, settingsTable } from '../src/index.ts';

const deploy = fileURLToPath(new URL('../../../deploy', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string };

rmSync(join(deploy, 'chart'), { recursive: true, force: true });
for (const [path, text] of chart(version)) {
  const file = join(deploy, 'chart', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
writeFileSync(join(deploy, 'install.yaml'), manifest());
writeFileSync(join(deploy, 'cleanup.yaml'), cleanupManifest());
mkdirSync(join(deploy, 'grafana'), { recursive: true });
writeFileSync(join(deploy, 'grafana', 'kube-ovn.json'), dashboardText());

const document = fileURLToPath(new URL('../../../docs/install.md', import.meta.url));
const text = readFileSync(document, 'utf8');
writeFileSync(
  document,
  text.replace(/## Settings\n[^]*?(?=\n## |$(?![^]))/, () => `## Settings\n${settingsTable()}\n`),
);

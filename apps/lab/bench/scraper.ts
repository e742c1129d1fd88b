/** Runs inside a network namespace: reads one URL a line from standard input, answers each body as one line of JSON. */
import { createInterface } from 'node:readline';

for await (const url of createInterface({ input: process.stdin })) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  process.stdout.write(`${JSON.stringify(await response.text())}\n`);
}

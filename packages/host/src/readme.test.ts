import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createNetns, deleteNetns, inNetns, rtnl, writeSysctl } from './index.ts'
import { scratch } from './testing/scratch.ts'

test('README: the example works as printed, in a namespace of its own instead of the machine\'s', async () => {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```ts\nimport [^\n]+\n\n(.+?)```/s.exec(text)?.[1] ?? ''
  const path = `/run/netns/ko-host-${randomBytes(3).toString('hex')}`
  // the example's first line has this process's namespace; a test must not touch the machine's links
  using made = scratch()
  const home = made.netns('node')
  const names = ['createNetns', 'deleteNetns', 'rtnl', 'writeSysctl'] as const
  const plain = example.replaceAll('using ', 'const ').replace('/run/netns/shop-web-0', path)
  const run = new Function(...names, `return (async () => { ${plain}; return [node, inside] })()`) as (...args: unknown[]) => Promise<readonly Disposable[]>
  const opened = await run(createNetns, deleteNetns, (ns?: typeof home) => rtnl(ns ?? home), writeSysctl)
  for (const handle of opened) handle[Symbol.dispose]()
  expect(inNetns(home, () => readFileSync('/proc/net/dev', 'utf8'))).not.toContain('eth0')
})

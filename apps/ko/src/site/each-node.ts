/** Ask many nodes, a few at a time: each is a connection or a process or more. */

const AT_A_TIME = 8;

/** In the order of the names. */
export async function eachNode<T>(names: readonly string[], ask: (name: string) => Promise<T>): Promise<readonly T[]> {
  const answers: T[] = [];
  for (let at = 0; at < names.length; at += AT_A_TIME) answers.push(...(await Promise.all(names.slice(at, at + AT_A_TIME).map(ask))));
  return answers;
}

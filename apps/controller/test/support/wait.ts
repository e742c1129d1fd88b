/** Waiting in tests: for a condition, with a bound. */

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** Wait until `check` yields something; its last failure tells what is missing when it does not. */
export async function eventually<T>(check: () => Promise<T | false | undefined> | T | false | undefined, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let failure: unknown = new Error('never became true');
  while (Date.now() < deadline) {
    try {
      const found = await check();
      if (found !== false && found !== undefined) return found;
    } catch (error) {
      failure = error;
    }
    await pause(10);
  }
  throw failure instanceof Error ? failure : new Error(String(failure));
}

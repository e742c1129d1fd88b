/**
 * A real browser for tests: Debian's chromium without a window, in a network namespace where there is nothing but what is to be seen,
 * driven over a pipe by the protocol of its developer tools. It keeps what a page complains of.
 *
 * @source Chrome DevTools Protocol: Target, Page, Runtime, Log, Input, Emulation; `--remote-debugging-pipe`: messages on descriptors 3
 *   and 4, each ended by a zero byte
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { inNamespace } from '../src/infra/tool.ts';

const CHROMIUM = '/usr/bin/chromium';
const limitMs = 30_000;

type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
};

interface Waiting {
  readonly resolve: (result: Readonly<Record<string, unknown>>) => void;
  readonly reject: (error: Error) => void;
}

/** Fail, and say the way out, where there is none. */
export function requireChromium(): void {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: run "npm test" at the root, or apt-get install chromium`);
}

/** One tab. */
export class Browser implements AsyncDisposable {
  /** What pages complained of: on the console, refused by their policy, not loaded, thrown. */
  readonly complaints: string[] = [];
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #pipe: Writable;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(method: string) => void>();
  #session = '';
  #next = 1;
  #rest = '';

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    this.#pipe = child.stdio[3] as Writable;
    // a browser that has ended says so by its exit
    this.#pipe.on('error', () => undefined);
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => this.#read(chunk));
    child.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`chromium ended: ${signal ?? `exit code ${code}`}`));
    });
  }

  /** @param namespace whose loopback it sees */
  static async start(namespace: string): Promise<Browser> {
    requireChromium();
    const folder = mkdtempSync(join(tmpdir(), 'lab-chromium-'));
    const argv = [
      CHROMIUM,
      '--headless=new',
      // as root, as the lab runs; it sees pages of ours alone
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-default-apps',
      '--disable-extensions',
      '--disable-sync',
      '--no-first-run',
      '--no-default-browser-check',
      '--hide-scrollbars',
      '--force-device-scale-factor=1',
      `--user-data-dir=${folder}`,
      '--remote-debugging-pipe',
      'about:blank',
    ];
    const [program = '', ...args] = inNamespace(namespace, argv);
    const env = { PATH: process.env['PATH'], HOME: folder, LANG: 'C.UTF-8' };
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], env });
    const browser = new Browser(child, folder);
    try {
      await browser.#open();
    } catch (error) {
      await browser[Symbol.asyncDispose]();
      throw error;
    }
    return browser;
  }

  /** Open an address. @returns the status of the answer */
  async visit(url: string): Promise<number> {
    const loaded = this.#once('Page.loadEventFired');
    await this.#send('Page.navigate', { url });
    await loaded;
    return this.evaluate<number>("performance.getEntriesByType('navigation')[0].responseStatus");
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return (result as { readonly value: T }).value;
  }

  /** The text of a part of the page, as a reader sees it. */
  text(selector = 'main'): Promise<string> {
    return this.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).innerText`);
  }

  /** Type into a field that has a label, as somebody at a keyboard does. */
  async type(label: string, text: string): Promise<void> {
    await this.evaluate(
      `[...document.querySelectorAll('label')].find((each) => each.innerText.startsWith(${JSON.stringify(label)})).control.select()`,
    );
    await this.#send('Input.insertText', { text });
  }

  /** Press Enter where the cursor is, and wait for the page that comes. */
  async submit(): Promise<void> {
    const loaded = this.#once('Page.loadEventFired');
    const key = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' };
    await this.#send('Input.dispatchKeyEvent', { type: 'keyDown', ...key });
    await this.#send('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
    await loaded;
  }

  /** Click a link that is shown, and wait for the page that comes. */
  async follow(text: string): Promise<void> {
    const loaded = this.#once('Page.loadEventFired');
    await this.evaluate(`[...document.querySelectorAll('a')].find((each) => each.textContent.trim() === ${JSON.stringify(text)}).click()`);
    await loaded;
  }

  async look(scheme: 'light' | 'dark', width: number): Promise<void> {
    await this.#send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    await this.#send('Emulation.setDeviceMetricsOverride', { width, height: 800, deviceScaleFactor: 1, mobile: false });
  }

  /** A picture of the whole page. */
  async picture(file: string): Promise<void> {
    const height = await this.evaluate<number>('Math.ceil(document.documentElement.scrollHeight)');
    const width = await this.evaluate<number>('innerWidth');
    const clip = { x: 0, y: 0, width, height, scale: 1 };
    const { data } = await this.#send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true, clip });
    writeFileSync(file, Buffer.from(data as string, 'base64'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve));
      // closes its processes too; where it does not, it goes with the pipe
      this.#send('Browser.close', {}).catch(() => undefined);
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(timer);
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }

  async #open(): Promise<void> {
    const { targetInfos } = await this.#send('Target.getTargets', {});
    const tab = (targetInfos as readonly { readonly targetId: string; readonly type: string }[]).find(({ type }) => type === 'page');
    const { sessionId } = await this.#send('Target.attachToTarget', { targetId: tab?.targetId, flatten: true });
    this.#session = sessionId as string;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.#send(`${domain}.enable`, {});
  }

  #send(method: string, params: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const id = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    this.#waiting.set(id, { resolve, reject });
    const isOfBrowser = method.startsWith('Target.') || method.startsWith('Browser.');
    this.#pipe.write(`${JSON.stringify({ id, method, params, ...(!isOfBrowser && { sessionId: this.#session }) })}\0`);
    return this.#within(promise, method).finally(() => this.#waiting.delete(id));
  }

  #once(event: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const listener = (method: string): void => {
      if (method === event) resolve();
    };
    this.#listeners.add(listener);
    return this.#within(promise, event).finally(() => this.#listeners.delete(listener));
  }

  #within<T>(work: Promise<T>, what: string): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`chromium: no ${what} within ${limitMs} ms`)), limitMs);
    return Promise.race([work, promise]).finally(() => clearTimeout(timer));
  }

  #read(chunk: string): void {
    const messages = (this.#rest + chunk).split('\0');
    this.#rest = messages.pop() ?? '';
    for (const message of messages) this.#take(JSON.parse(message) as Message);
  }

  #take({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const waiting = this.#waiting.get(id);
      if (error === undefined) waiting?.resolve(result ?? {});
      else waiting?.reject(new Error(`chromium: ${error.message}`));
      return;
    }
    if (method === undefined) return;
    const complains = ['Runtime.consoleAPICalled', 'Runtime.exceptionThrown', 'Log.entryAdded', 'Network.loadingFailed'];
    if (complains.includes(method)) this.complaints.push(`${method} ${JSON.stringify(params)}`);
    for (const listener of this.#listeners) listener(method);
  }
}

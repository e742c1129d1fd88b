/** One revision of one object, serialised at most once per served API version. */
import { formatJson } from '../json.ts';
import type { KubeObject } from '../object.ts';

/** The kinds of change a watcher sees. */
export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** An object at a revision. Immutable; shared by the store, every watcher and every response. */
export class Stored {
  readonly object: KubeObject;
  /** the revision that wrote it; also its `metadata.resourceVersion` */
  readonly revision: number;
  readonly #texts = new Map<string, string>();
  readonly #frames = new Map<string, Buffer>();

  constructor(object: KubeObject, revision: number) {
    this.object = object;
    this.revision = revision;
  }

  /** The object as served under an API version (conversion "None": only `apiVersion` differs). */
  as(apiVersion: string): KubeObject {
    return this.object.apiVersion === apiVersion ? this.object : { ...this.object, apiVersion };
  }

  /** The JSON text under an API version; computed once. */
  json(apiVersion: string): string {
    let text = this.#texts.get(apiVersion);
    if (text === undefined) {
      text = formatJson(this.as(apiVersion));
      this.#texts.set(apiVersion, text);
    }
    return text;
  }

  /** Let go of what was serialised; it is made again if somebody still asks. For revisions that have been replaced. */
  forgetTexts(): void {
    this.#texts.clear();
    this.#frames.clear();
  }

  /** The line that tells watchers of it; built once, sent to all. */
  frame(type: ChangeType, apiVersion: string): Buffer {
    const key = `${type} ${apiVersion}`;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      frame = Buffer.from(`{"type":"${type}","object":${this.json(apiVersion)}}\n`, 'utf8');
      this.#frames.set(key, frame);
    }
    return frame;
  }
}

/** A committed write. */
export interface Change {
  readonly type: ChangeType;
  readonly key: string;
  readonly revision: number;
  /** the object after the write; for DELETED its last state, at the revision of the deletion */
  readonly stored: Stored;
  /** the object before the write; absent for ADDED */
  readonly previous: Stored | undefined;
}

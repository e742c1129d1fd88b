/** Whole lines of many logs in one stream, each with the name of its log before it. */
import { Transform, type TransformCallback } from 'node:stream';

/** Put a label before each line; a last line without an end gets one. */
export class LabelLines extends Transform {
  readonly #label: string;
  #rest = '';

  constructor(label: string) {
    super({ decodeStrings: false, encoding: 'utf8' });
    this.#label = label;
  }

  override _transform(chunk: Buffer | string, _encoding: string, done: TransformCallback): void {
    const lines = `${this.#rest}${chunk.toString()}`.split('\n');
    this.#rest = lines.pop() ?? '';
    if (lines.length > 0) this.push(lines.map((line) => `${this.#label}${line}\n`).join(''));
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#rest !== '') this.push(`${this.#label}${this.#rest}\n`);
    done();
  }
}

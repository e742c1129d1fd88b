/** Files as a tar archive. Pure. @source POSIX.1-1988 ustar interchange format */

const BLOCK = 512;

export interface TarFile {
  /** Up to 255 bytes, with `/`. */
  readonly path: string;
  readonly content: Buffer;
}

/** Of files of root that only root reads. */
export function tar(files: readonly TarFile[], writtenAt: Date): Buffer {
  const blocks = files.flatMap(({ path, content }) => [
    header(path, content.length, writtenAt),
    content,
    Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(path: string, size: number, writtenAt: Date): Buffer {
  const block = Buffer.alloc(BLOCK);
  const { name, prefix } = split(path);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  const put = (text: string, at: number): number => block.write(text, at, 'utf8');
  put(name, 0);
  put(octal(0o600, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(Math.floor(writtenAt.getTime() / 1000), 11), 136);
  put('        ', 148);
  put('0', 156);
  put('ustar\u000000', 257);
  put('root', 265);
  put('root', 297);
  put(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** A name of at most 100 bytes, and what comes before it. */
function split(path: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' };
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { name, prefix };
  }
  throw new Error(`bug: ${path} is too long for an archive`);
}

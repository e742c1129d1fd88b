/** `-o`: the form of an answer. */
import { Option } from 'commander';
import { stringify } from 'yaml';

/** `json` and `yaml` are the same document, for programs. */
export type Output = 'text' | 'json' | 'yaml';

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'form of the answer').choices(['text', 'json', 'yaml']).default('text');
}

/** An answer in the form that was asked for; the text is made only where it is wanted. */
export function inForm(output: Output, document: unknown, text: () => string): string {
  switch (output) {
    case 'text':
      return text();
    case 'json':
      return JSON.stringify(document, undefined, 2);
    case 'yaml':
      // one part may stand in several places of an answer: anchors would be right, and hard to read
      return stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 }).trimEnd();
  }
}

/** Match expressions that users write. Whether OVN can parse one is known to ovn-northd alone, which logs it and installs nothing for it. */

/** An expression of this length has some three hundred terms; more belong into an address set. */
const maxMatchLength = 8_192;

export const matchHint = `write one of at most ${maxMatchLength} characters on one line, such as ip4.src == 10.0.0.0/8`;

/** Whether a text may be a match expression: not empty, on one line, of bearable length. */
export function isMatchText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= maxMatchLength && !/\p{Cc}/u.test(value);
}

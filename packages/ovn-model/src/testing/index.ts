/** For tests: the meaning of match text, told apart from how it is printed. */
export { evaluate, parseMatch, type PacketValues } from './match-grammar.ts';

/** Names as nobody should choose them, each meant to end the literal, the comment or the line that it stands in. */
import type { SnippetFacts } from '../../../sidecar/onnx/snippets/facts.ts';

export const hostileNames: readonly string[] = [
  'plain',
  '"',
  "'",
  '\\',
  '\\"',
  'ends in \\',
  '"); process.exit(3); ("',
  '"""',
  "''' + chr(0)",
  '*/ alert(1) /*',
  '// comment',
  '# coding: latin-1',
  ['$', '{process.exit(3)}'].join(''),
  '{0} {label} {{',
  '%s %d %',
  'one\ntwo',
  'one\r\ntwo\r',
  'line\u2028and\u2029paragraph\u0085next',
  '\u202eright to left\u202c',
  'שלום',
  '日本語 😀 𝒳',
  'e\u0301 and \u200b\ufeff nothing',
  'null \0 bell \u0007 delete \u007f',
  '\\u0022 \\x22 \\n',
  '</script><script>alert(1)</script>',
  '',
];

export function hostileFacts(names = hostileNames): SnippetFacts {
  const numbers = names.map((_, index) => index / 8 - 1);
  return {
    path: `${names.join('')}.onnx`,
    input: { name: names[1 % names.length], shape: [names.length] },
    output: { name: names.at(-2) ?? names[0], meaning: 'logits' },
    labels: names,
    featureNames: names,
    example: { input: numbers, output: numbers },
  };
}

/** Changes a network file as somebody who types, pastes and deletes in it would, or who wants to break its reader. */
import type { Random } from '../../sidecar/random.ts';

const pieces = [
  ...[
    '\n',
    '\n  ',
    '\n    - ',
    '- ',
    ': ',
    ', ',
    '{',
    '}',
    '[',
    ']',
    '[[',
    '#',
    '"',
    "'",
    '|',
    '>',
    '\t',
    '\r\n',
    '\0',
  ],
  ...[
    '&a ',
    '*a',
    '!!set ',
    '<<: *a',
    '? ',
    '---',
    '...',
    '%YAML 1.1',
    '__proto__',
    '__proto__: 1',
    'constructor: {}',
  ],
  ...[
    'prototype',
    'hasOwnProperty',
    'repeat: { times: 1000, layers: [',
    'concat: [[',
    'residual: [',
    'grid: {',
    '\u202e',
  ],
  ...[
    'dense',
    'conv2d',
    'batchnorm',
    'data',
    'train',
    'variants',
    'remove',
    'mnist',
    '0',
    '-1',
    '1e999',
    '.nan',
    '5x',
  ],
  ...['9007199254740993', 'null', '~', 'true', '0x1F', '99999999'],
];

/** One to five changes. */
export function mutateText(text: string, others: readonly string[], random: Random): string {
  let result = text;
  for (let left = 1 + random.below(5); left > 0; left -= 1) {
    const at = random.below(result.length + 1);
    const after = result.slice(at + (random.below(2) === 0 ? 0 : random.below(40)));
    result = result.slice(0, at) + insertion(result, others, random) + after;
  }
  return result;
}

function insertion(text: string, others: readonly string[], random: Random): string {
  const pick = (items: readonly string[]) => items[random.below(items.length)];
  switch (random.below(5)) {
    case 0:
      return '';
    case 1:
      return String.fromCharCode(random.below(0x3000));
    case 2: {
      const lines = pick(others).split('\n');
      const first = random.below(lines.length);
      return lines.slice(first, first + 1 + random.below(6)).join('\n');
    }
    case 3:
      return pick(pieces).repeat(1 + random.below(30));
    default:
      return pick(pieces) + pick([...pieces, text.slice(0, random.below(60))]);
  }
}

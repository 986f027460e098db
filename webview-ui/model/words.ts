/**
 * Text from a file as a person may see it. A name can be as long as its author likes and hold what does not show or what
 * turns the text around it: it is cut, stands in a line of its own direction, and what does not show is written out.
 */
import { element } from '../dom.ts';

/** Characters of a name or a sentence that are shown at most; a title has more of them. */
const longestName = 96;
const longestSentence = 1200;
const longestTitle = 600;

/** Controls, format characters such as those that turn the direction, halves of pairs, and breaks of lines. */
const unshown = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
/** But for breaks of lines and tabs, which a longer text may have. */
const unshownInText = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** What does not show is written out: `␀` for a null, `‹U+202E›` for what turns the text around. */
export function visible(text: string, form: 'line' | 'lines' = 'line'): string {
  return text.replace(form === 'line' ? unshown : unshownInText, (character) => {
    const code = character.codePointAt(0)!;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`;
  });
}

/** At most so many characters, with an ellipsis where some are left out: names differ at both ends. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor((most - 1) / 3);
  return `${head(text, most - 1 - end)}…${tail(text, end)}`;
}

/** A name out of the file. */
export function nameOf(text: string, most = longestName): HTMLElement {
  if (text === '') return element('span', { class: 'muted' }, 'unnamed');
  const title = text.length > most ? visible(cut(text, longestTitle)) : undefined;
  return element('bdi', { class: 'name', title }, ...breakable(visible(cut(text, most))));
}

/** With places to break after what separates the parts of a name, so that no part is broken where it fits a line. */
function breakable(name: string): (Node | string)[] {
  const parts = name.split(/(?<=[./:_-])(?=[^./:_-])/);
  return parts.flatMap((part, at) => (at === 0 ? [part] : [element('wbr'), part]));
}

/** A sentence that has names of the file in it. */
export function sentence(text: string): HTMLElement {
  return element('bdi', { class: 'sentence' }, visible(cut(text, longestSentence)));
}

/** The first characters; a pair is not cut in half. */
export function head(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

function tail(text: string, length: number): string {
  return length === 0 ? '' : text.slice(-length).replace(/^[\udc00-\udfff]/, '');
}

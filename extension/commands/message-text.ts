/** Sentences as VS Code's messages may show them. */

/** Characters that a message shows; it has no room for more. */
const longest = 1200;

/**
 * Names come from files. VS Code makes links of `[text](command:…)` in a message, which must never be a file's doing, and
 * what turns the direction of text would turn the message; both are taken apart.
 */
export function messageText(text: string): string {
  const plain = text
    .replaceAll('](', '] (')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (character) =>
      character === '\n' ? character : ' ',
    );
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain;
}

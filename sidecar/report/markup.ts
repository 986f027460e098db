/** Elements of SVG and HTML as text. Attributes and text are escaped here, so that no name can become markup. */

/** Markup that may stand in a document as it is. */
export type Markup = string & { readonly markup: unique symbol };

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Control characters that XML forbids even as references; a lone half of a surrogate pair would break the file too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go.
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export function text(content: string): Markup {
  return content
    .toWellFormed()
    .replace(forbidden, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;') as Markup;
}

export function element(name: string, attributes: Attributes, ...children: Markup[]): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${text(String(value))}"`)
    .join('');
  const empty = children.length === 0 && !pairs.has(name);
  return (
    empty ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`
  ) as Markup;
}

/** Markup side by side. */
export function join(parts: readonly Markup[], between = ''): Markup {
  return parts.join(between) as Markup;
}

/** Elements of HTML that need an end tag even when they hold nothing. */
const pairs: ReadonlySet<string> = new Set(['td', 'th', 'p', 'pre', 'code', 'ul', 'figure']);

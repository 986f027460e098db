/**
 * HTML from elsewhere made harmless: what is on the lists is copied, all else is left out. Scripts cannot run here
 * anyway; this keeps a report from looking or acting like a part of the page.
 */

const html = new Set(
  'section article div span p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr th td figure figcaption a b strong i em code pre kbd sub sup br hr blockquote details summary small'.split(
    ' ',
  ),
);

const svg = new Set(
  'svg g path line polyline polygon rect circle ellipse text tspan title desc defs clipPath linearGradient stop'.split(
    ' ',
  ),
);

/** Kept on every element: what says, shapes or colours. */
const attributes = new Set(
  'class id role lang dir title colspan rowspan scope headers span start reversed open viewBox preserveAspectRatio width height x y x1 y1 x2 y2 dx dy cx cy r rx ry d points transform fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-dasharray stroke-linecap stroke-linejoin opacity font-size font-family font-weight text-anchor dominant-baseline clip-path clipPathUnits offset stop-color stop-opacity gradientUnits vector-effect shape-rendering aria-label aria-labelledby aria-describedby aria-hidden'.split(
    ' ',
  ),
);

const svgNamespace = 'http://www.w3.org/2000/svg';

export function sanitized(markup: string): DocumentFragment {
  const parsed = new DOMParser().parseFromString(markup, 'text/html');
  const clean = document.createDocumentFragment();
  clean.append(...copies(parsed.body));
  return clean;
}

function copies(parent: Element): Node[] {
  return [...parent.childNodes].flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.textContent ?? '')];
    return node.nodeType === Node.ELEMENT_NODE ? copyOf(node as Element) : [];
  });
}

function copyOf(original: Element): Node[] {
  const { localName, namespaceURI } = original;
  const isSvg = namespaceURI === svgNamespace;
  if (!(isSvg ? svg : html).has(localName)) return [];
  const copy = isSvg
    ? document.createElementNS(svgNamespace, localName)
    : document.createElement(localName);
  for (const { name, value } of original.attributes) {
    if (isKept(name, value)) copy.setAttribute(name, value);
  }
  if (localName === 'a' && !isSvg) {
    const href = original.getAttribute('href') ?? '';
    if (/^https?:\/\//i.test(href)) copy.setAttribute('href', href);
  }
  copy.append(...copies(original));
  return [copy];
}

/** Addresses may only point within what is copied. */
function isKept(name: string, value: string): boolean {
  return attributes.has(name) && (!/url\s*\(/i.test(value) || /^url\(#[\w-]+\)$/.test(value));
}

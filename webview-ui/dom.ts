/** Elements made by hand. Text is always set as text: names of layers and variants are never markup. */

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Makes an element; `class`, ARIA and other attributes are set as attributes, booleans as present or not. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

/** A button that acts on a click and never submits anything. */
export function button(
  attributes: Attributes,
  act: () => void,
  ...children: readonly (Node | string)[]
): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, ...children);
  made.addEventListener('click', () => {
    if (made.getAttribute('aria-disabled') !== 'true') act();
  });
  return made;
}

/** Greys a button without taking the focus from it. */
export function setEnabled(target: HTMLButtonElement, enabled: boolean): void {
  setAttributes(target, { 'aria-disabled': enabled ? 'false' : 'true' });
}

/** A drawing of 16 by 16 units in the text's colour. */
export function icon(path: string, filled = false): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  setAttributes(svg, { viewBox: '0 0 16 16', class: filled ? 'icon filled' : 'icon' });
  setAttributes(svg, { 'aria-hidden': 'true' });
  const drawn = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  setAttributes(drawn, { d: path });
  svg.append(drawn);
  return svg;
}

/** Sets text only when it differs, which keeps selections and spares layout. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function setAttributes(target: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) target.removeAttribute(name);
    else if (value === true) target.setAttribute(name, '');
    else if (target.getAttribute(name) !== String(value)) target.setAttribute(name, String(value));
  }
}

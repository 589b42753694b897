/** Texts become text nodes: nothing that comes from an event is ever read as HTML. */
export type Child = Node | string | undefined;

/** An element with attributes and children. `undefined` attributes are left out. */
export function buildElement<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(attribute, value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** A button that does something on this page; never one that submits a form of it. */
export function buildButton(
  attributes: Readonly<Record<string, string | undefined>>,
  onClick: () => void,
  ...children: readonly Child[]
): HTMLButtonElement {
  const button = buildElement('button', { type: 'button', ...attributes }, ...children);
  button.addEventListener('click', onClick);
  return button;
}

const svgNamespace = 'http://www.w3.org/2000/svg';

/** A line drawing in a field of 16 × 16; decoration only. */
export function buildIcon(path: string): SVGSVGElement {
  const svg = document.createElementNS(svgNamespace, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(svgNamespace, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

/** Changes a text only when it differs: screen readers read changes out. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

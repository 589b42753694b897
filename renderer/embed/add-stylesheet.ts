import { buildElement } from './build-element';

/** Links a stylesheet unless the page does so already, or has a copy of its own. */
export function addStylesheet(url: string): void {
  const fileName = new URL(url).pathname.replace(/^.*\//, '');
  const links = Array.from(document.querySelectorAll<HTMLLinkElement>('link[rel~="stylesheet"]'));
  if (links.some((link) => link.href.includes(`/${fileName}`))) return;
  document.head.append(buildElement('link', { rel: 'stylesheet', href: url }));
}

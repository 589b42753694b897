/* Looks every two seconds whether the page says something new, and shows it where it is marked data-live. */
'use strict';
const everyMs = 2_000;

async function update() {
  const response = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const part of document.querySelectorAll('[data-live]')) {
    const next = fresh.getElementById(part.id);
    if (!next || next.innerHTML === part.dataset.shown || part.contains(document.activeElement)) continue;
    const open = [...part.querySelectorAll('details[open]')].map(({ id }) => id);
    part.dataset.shown = next.innerHTML;
    part.replaceChildren(...next.childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  }
}

for (const part of document.querySelectorAll('[data-live]')) part.dataset.shown = part.innerHTML;
setInterval(() => {
  if (!document.hidden) update().catch(() => undefined);
}, everyMs);

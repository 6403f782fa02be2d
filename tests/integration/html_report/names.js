// What a screen reader could not name or place.
() => {
  const problems = [];
  const named = (element) => (element.getAttribute('aria-label') ?? '').trim() || element.textContent.trim() || element.getAttribute('title')
    || (element.getAttribute('aria-labelledby') && document.getElementById(element.getAttribute('aria-labelledby')));
  for (const element of document.querySelectorAll('button, a[href], select, input, [role=img], [role=tablist], section, aside, dialog, nav')) {
    if (element.checkVisibility() && !named(element) && element.localName !== 'section') problems.push(`no name: ${element.outerHTML.slice(0, 90)}`);
  }
  for (const image of document.querySelectorAll('svg')) {
    if (!image.closest('[aria-hidden=true]') && image.getAttribute('role') !== 'img') problems.push(`picture without role: ${image.outerHTML.slice(0, 90)}`);
  }
  const all = [...document.querySelectorAll('[id]')].map((element) => element.id);
  problems.push(...all.filter((id, place) => all.indexOf(id) !== place).map((id) => `id twice: ${id}`));
  const levels = [...document.querySelectorAll('h1, h2, h3, h4')].filter((head) => head.checkVisibility()).map((head) => Number(head.localName[1]));
  levels.reduce((before, level) => { if (level > before + 1) problems.push(`heading skips from ${before} to ${level}`); return level; }, 0);
  for (const table of document.querySelectorAll('table')) {
    if (![...table.querySelectorAll('th')].every((head) => head.scope === 'col')) problems.push('a heading of a table without scope');
  }
  if (document.documentElement.lang !== 'en') problems.push('no language');
  if (document.querySelectorAll('main').length !== 1 || document.querySelectorAll('h1').length !== 1) problems.push('not one main and one h1');
  return problems;
}

// Opens every case and trial, unfolds everything, and counts what the document is made of.
() => {
  const wait = () => new Promise((done) => requestAnimationFrame(() => done()));
  const key = (name) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }));
  const census = { tags: {}, handlers: [], addresses: [], cases: 0, text: '' };
  const count = () => {
    for (const element of document.querySelectorAll('*')) {
      census.tags[element.localName] = (census.tags[element.localName] ?? 0) + 1;
      for (const { name, value } of element.attributes) {
        if (name.startsWith('on') || name === 'style' && !element.closest('#list, .tip, html')) census.handlers.push(`${element.localName} ${name}`);
        if (['href', 'src', 'srcset', 'action', 'formaction', 'data', 'poster', 'srcdoc'].includes(name) && !value.startsWith('#')) census.addresses.push(value);
      }
    }
  };
  const late = new Promise((_, fail) => setTimeout(() => fail(new Error('the page does not answer')), 20000));
  return Promise.race([late, explore()]);
  async function explore() {
    count();
    for (const row of JSON.parse(document.getElementById('rows').textContent)) {
      document.querySelector('#list li a').click();
      await wait();
      for (let trial = 0; trial < Math.max(1, row.verdicts.length); trial += 1) {
        for (const button of document.querySelectorAll('#detail .unfold')) button.click();
        for (const part of document.querySelectorAll('#detail details')) part.open = true;
        census.text += document.getElementById('detail').textContent;
        count();
        key(']');
        await wait();
      }
      key('j');
      await wait();
      census.cases += 1;
    }
    for (const point of document.querySelectorAll('.point')) point.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: 5, clientY: 5 }));
    count();
    return census;
  }
}

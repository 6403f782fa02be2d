// Two texts word by word: [kind, text] runs, where kind is "same", "gone" (expected only) or "new" (got only). Pure.

const WORDS = /\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu;

export function wordDiff(expected, got) {
  const a = expected.match(WORDS) ?? [];
  const b = got.match(WORDS) ?? [];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const middle = changes(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return joined([...a.slice(0, start).map(same), ...middle, ...a.slice(a.length - end).map(same)]);
}

const same = (word) => ["same", word];

/** The longest common subsequence; fields are cut at 2 kB, so the table stays small. */
function changes(a, b) {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = a[i] === b[j]
        ? lengths[(i + 1) * width + j + 1] + 1
        : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const runs = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) { runs.push(same(a[i])); i += 1; j += 1; }
    else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) { runs.push(["gone", a[i]]); i += 1; }
    else { runs.push(["new", b[j]]); j += 1; }
  }
  return [...runs, ...a.slice(i).map((word) => ["gone", word]), ...b.slice(j).map((word) => ["new", word])];
}

/** Neighbours of one kind as one run; a blank between two changes of a kind belongs to them. */
function joined(runs) {
  const out = [];
  for (const [kind, word] of runs) {
    const last = out.at(-1);
    if (last && last[0] === kind) last[1] += word;
    else out.push([kind, word]);
  }
  return out;
}

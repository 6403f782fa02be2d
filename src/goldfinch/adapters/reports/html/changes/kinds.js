// What became of a case, in one word, with its sign.

export const KINDS = {
  regressed: ["failed", "regressed"],
  worse: ["undecided", "worse, may be chance"],
  fixed: ["passed", "fixed"],
  better: ["passed", "better, may be chance"],
  flaky: ["undecided", "flaky"],
  same: ["undecided", "other scores"],
};

export const signOf = (kind) => KINDS[kind][0];
export const wordOf = (kind) => KINDS[kind][1];
export const share = ([passed, trials]) => `${passed}/${trials}`;

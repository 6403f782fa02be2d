// What was expected beside what the agent gave.

import { el, mark } from "./dom.js";
import { wordDiff } from "./diff.js";
import { pretty } from "./format.js";

/** Blocks that compare an expectation with an answer; empty where nothing was expected. */
export function comparisons(expected, answer) {
  const got = answer ? answer.text ?? answer.data : null;
  const blocks = [];
  for (const wanted of [expected.answer ?? []].flat()) blocks.push(sideBySide(wanted, got));
  if (expected.json !== undefined) blocks.push(sideBySide(pretty(expected.json), pretty(answer?.data ?? answer?.text ?? ""), "pre.text.code"));
  if (expected.must_include) blocks.push(phrases("Must include", expected.must_include, got, true));
  if (expected.must_not_include) blocks.push(phrases("Must not include", expected.must_not_include, got, false));
  if (expected.numbers) blocks.push(plain("Numbers", expected.numbers.join("\n")));
  if (expected.tools) blocks.push(tools(expected, answer));
  if (expected.rubric) blocks.push(plain("Rubric", expected.rubric));
  return blocks;
}

/** The answer, with the phrases marked that it had to hold, or was not to. */
export function markedAnswer(expected, text) {
  const found = [...listed(expected.must_include).map((phrase) => [phrase, "found"]), ...listed(expected.must_not_include).map((phrase) => [phrase, "forbidden"])];
  const pieces = [];
  let from = 0;
  for (const [start, end, kind] of spans(text, found)) {
    pieces.push(text.slice(from, start), el(`mark.${kind}`, {}, text.slice(start, end)));
    from = end;
  }
  return [...pieces, text.slice(from)];
}

const listed = (value) => (Array.isArray(value) ? value : []);
const plain = (title, text) => el("div", {}, el("h4.subhead", {}, title), el("pre.text", {}, text));

function sideBySide(expected, got, box = "pre.text") {
  if (got === null) return plain("Expected", expected);
  const runs = wordDiff(expected, got);
  const side = (hidden, tag, changed) => runs.filter(([kind]) => kind !== hidden).map(([kind, text]) => (kind === changed ? el(tag, {}, text) : text));
  return el("div.compare", {},
    el("div", {}, el("h4", {}, "Expected"), el(box, {}, side("new", "del", "gone"))),
    el("div", {}, el("h4", {}, "Got"), el(box, {}, side("gone", "ins", "new"))));
}

function phrases(title, wanted, got, mustBeThere) {
  const text = (got ?? "").toLowerCase();
  return el("div", {}, el("h4.subhead", {}, title), el("ul.checks", {}, wanted.map((phrase) => {
    const there = text.includes(phrase.toLowerCase());
    return check(there === mustBeThere, el("div", {}, phrase), there ? "in the answer" : "not in the answer");
  })));
}

function tools(expected, answer) {
  const made = (answer?.steps ?? []).flatMap((step) => step.calls ?? []);
  const title = `Expected tool calls${expected.tool_order ? ` (${expected.tool_order.replace("_", " ")})` : ""}`;
  if (!expected.tools.length) return el("div", {}, el("h4.subhead", {}, title), el("p", {}, "none"));
  return el("div", {}, el("h4.subhead", {}, title), el("ul.checks", {}, expected.tools.map((tool) => expectedTool(tool, made))));
}

function expectedTool(tool, made) {
  const named = made.filter((call) => call.name === tool.name);
  const exact = tool.arguments === null ? named.length > 0 : named.some((call) => pretty(call.arguments) === pretty(tool.arguments));
  const nearest = named.at(-1);
  const shown = tool.arguments === null ? null : !exact && nearest
    ? sideBySide(pretty(tool.arguments), pretty(nearest.arguments), "pre.text.code")
    : el("details", {}, el("summary", {}, "arguments"), el("pre.text.code", {}, pretty(tool.arguments)));
  const said = exact ? "called" : nearest ? "called with other arguments" : "not called";
  return check(exact, el("div", {}, el("code", {}, tool.name), " ", el("span.quiet", {}, said), shown), said);
}

function check(isGood, content, label) {
  return el("li", {}, mark(isGood ? "passed" : "failed", label), content);
}

/** Where the phrases stand, in order, without overlaps. */
function spans(text, phrasesAndKinds) {
  const lower = text.toLowerCase();
  const found = [];
  for (const [phrase, kind] of phrasesAndKinds) {
    if (!phrase || lower.length !== text.length) continue;
    for (let at = lower.indexOf(phrase.toLowerCase()); at >= 0 && found.length < 200; at = lower.indexOf(phrase.toLowerCase(), at + phrase.length)) {
      found.push([at, at + phrase.length, kind]);
    }
  }
  found.sort((a, b) => a[0] - b[0]);
  return found.filter(([start], place) => place === 0 || start >= found[place - 1][1]);
}

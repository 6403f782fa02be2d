// The live screen of one rollout: everything of the overview, each part drawn anew only when what it shows has changed.

import { el, meter, sign, sparkline, weightBar } from "./drawing.js";
import { CALLS, METRIC_STATES, NOTHING, VERBS, clock, count, figure, length, look, percent, seconds, sentence, short, span } from "./words.js";

const PARTS = [
  ["hero", hero], ["verbs", verbs], ["steps", steps], ["metrics", metrics], ["release", release], ["blind", blind], ["sessions", sessions],
  ["way-back", wayBack], ["people", people], ["timeline", timeline],
];

/** Draws into `main`; `ask` opens the dialog of a verb. Returns the function that takes the next overview. */
export function rolloutScreen(main, ask) {
  const drawn = new Map();
  main.replaceChildren(el("div.screen", {}, PARTS.map(([name]) => {
    const place = el(`div.part.part-${name}`, {});
    drawn.set(name, { place, facts: null });
    return place;
  })));
  return (overview, role) => {
    for (const [name, part] of PARTS) {
      const held = drawn.get(name);
      const { facts, draw } = part(overview, { ask, role });
      const key = JSON.stringify(facts);
      if (key === held.facts) continue;
      held.facts = key;
      held.place.replaceChildren(...[draw()].flat().filter(Boolean));
    }
  };
}

/** A clock that runs by itself: `data-until`, `data-since` are milliseconds of the server's time. */
const until = (at) => el("time.countdown", { datetime: at, "data-until": Date.parse(at) });
const since = (at) => el("time.countdown", { datetime: at, "data-since": Date.parse(at) });

function panel(name, title, note, ...children) {
  return el("section.panel", { "aria-labelledby": `${name}-title` },
    el("header", {}, el("h2", { id: `${name}-title` }, title), note ? el("span.quiet", {}, note) : null), ...children);
}

function hero({ rollout, title, line, next_action, next_at, served_percent, now }) {
  const { state, canary, stable, id } = rollout;
  const facts = [state, canary, stable, title, next_action, next_at, served_percent, rollout.service, rollout.environment];
  const [shape, tone] = look(state.phase);
  const [wanted, verified] = [state.weight_percent, state.verified_weight_percent];
  return { facts, draw: () => el("section.panel.hero", { "aria-labelledby": "headline" },
    el("div.say", {},
      el("p.kicker", {}, el(`span.chip.is-${tone}`, {}, sign(shape, tone), title), state.entered_at ? el("span.quiet", {}, "for ", since(state.entered_at)) : null),
      el("h1", { id: "headline", title: line }, sentence(state.cause && state.phase !== "Succeeded" ? state.cause : state.reason || "just begun")),
      next_action
        ? el("p.next", {}, el("span.label", {}, "Next"), el("span", {}, next_action), next_at ? el("span.when", {}, el("span.pill", {}, "in ", until(next_at)), el("span.quiet", {}, clock(next_at, now))) : null)
        : el("p.next", {}, el("span.label", {}, "Next"), el("span", {}, "nothing: it has ended"), state.completion ? el("span.quiet", {}, state.completion) : null),
      el("p.who.quiet", {}, `${rollout.service} · ${rollout.environment} · `, el("code", {}, id), ` · started by ${rollout.created_by} at ${clock(rollout.created_at, now)}`)),
    el("div.weight", {},
      el("div.arms", {},
        el("div.arm.canary", {}, el("span.label", {}, "canary"), el("strong", {}, `${wanted} %`), el("code", { title: canary }, short(canary))),
        el("div.arm.stable", {}, el("span.label", {}, "stable"), el("strong", {}, stable ? `${100 - wanted} %` : NOTHING), el("code", { title: stable }, stable ? short(stable) : "first release"))),
      weightBar(wanted, verified, `${wanted} % wanted, ${verified === null ? "not verified yet" : `${verified} % verified`}`),
      el("dl.facts", {}, fact("wanted", `${wanted} %`), fact("verified", verified === null ? "not seen yet" : `${verified} %`, verified !== wanted),
        served_percent === null || served_percent === undefined ? null : fact("served now", `${served_percent} %`, served_percent !== wanted)))) };
}

const fact = (name, value, odd = false) => el(odd ? "div.odd" : "div", {}, el("dt", {}, name), el("dd", {}, value));

function verbs({ verbs: possible = [] }, { ask, role }) {
  const shown = role === "releaser" ? VERBS.filter(([verb]) => possible.includes(verb)) : [];
  return { facts: [shown.map(([verb]) => verb), role, possible.length > 0], draw: () => {
    if (!possible.length) return null;
    if (role !== "releaser") return el("p.only-look.quiet", {}, "You are looking as a viewer. A releaser's token decides.");
    return el("div.verbs", { role: "group", "aria-label": "What you can ask" },
      shown.map((verb) => el(`button.verb.${verb[4]}`, { type: "button", "data-verb": verb[0], click: () => ask(verb) }, verb[1])));
  } };
}

function steps({ rollout: { plan, state }, now }) {
  const over = ["Succeeded", "Finalising", "PostPromotionAnalysis", "Promoting"].includes(state.phase);
  const ended = ["RolledBack", "RollingBack", "RollbackFailed", "Failed", "Cancelled", "Superseded"].includes(state.phase);
  const of = plan.steps.length;
  return { facts: [plan.steps, state, plan.time_scale], draw: () => panel("steps", "Steps", plan.time_scale === 1 ? `${of} in the plan` : `every duration divided by ${plan.time_scale}`,
    el("ol.steps", {}, plan.steps.map((step, index) => {
      const done = over || index < state.step;
      const current = !over && index === state.step;
      const tone = done ? "done" : current && ended ? "stopped" : current ? "current" : "later";
      const word = { done: "done", current: state.phase === "Paused" ? "held" : state.part ?? state.phase, stopped: "stopped here", later: ended ? "never reached" : "to come" }[tone];
      return el(`li.${tone}`, { "aria-current": current ? "step" : null },
        el("span.dot", {}, sign({ done: "passed", current: state.phase === "Paused" ? "held" : "moving", stopped: "failed", later: "quiet" }[tone], { done: "passed", current: state.phase === "Paused" ? "undecided" : "accent", stopped: "failed", later: "quiet" }[tone])),
        el("div", {}, el("strong", {}, `${step.weight_percent} %`), el("span.quiet", {}, ` ${word}`),
          el("div.quiet", {}, seconds(step.bake) ? `${length(seconds(step.bake))} watch` : "no watch of its own", step.wait_for_person ? ", then a person decides" : ""),
          current && !ended ? bake(state, step, now) : null));
    }))) };
}

/** The running bake: how much of it is over, and what is left of it. */
function bake(state, step, now) {
  const planned = seconds(step.bake);
  if (state.pause) return el("div.bake", {}, el("span.quiet", {}, `${length(seconds(state.pause.bake_left))} of watching left after it goes on`));
  if (!state.deadline) return null;
  const total = state.part === "Baking" && state.entered_at ? (Date.parse(state.deadline) - Date.parse(state.entered_at)) / 1000 : planned;
  return el("div.bake", {}, el("div.progress", { "data-from": Date.parse(state.deadline) - total * 1000, "data-to": Date.parse(state.deadline) },
    meter(0, "accent", "how much of this part is over")), el("span", {}, until(state.deadline), el("span.quiet", {}, ` left, until ${clock(state.deadline, now)}`)),
    state.extended ? el("span.badge", {}, "extended once") : null);
}

function metrics({ assessment, series, next_action, rollout: { plan }, now }) {
  const kinds = new Map((plan.health.metrics ?? []).map((metric) => [metric.name, metric]));
  return { facts: [assessment, series.map((line) => line.points.at(-1)), plan.health.metrics, !next_action], draw: () => {
    if (!assessment) return panel("metrics", "Measurements", "", el("p.quiet", {}, next_action ? `No check has been made yet. The first follows ${length(seconds(plan.health.check_every))} after sessions begin to count.` : "No check was made."));
    const [shape, tone, word] = CALLS[assessment.call];
    const probes = assessment.reason.includes("probe sessions");
    return panel("metrics", "Measurements", "", el("p.call", {}, el(`span.chip.is-${tone}`, {}, sign(shape, tone), word), probes ? el("span.badge.strong", {}, "evidence of probe sessions") : null,
      el("span", {}, sentence(assessment.reason)), el("span.quiet.age", {}, "checked ", since(assessment.at), " ago, ", clock(assessment.at, now))),
      el("div.table-scroll", { tabindex: "0", role: "region", "aria-label": "Measurements by metric" }, el("table.metrics", {}, head(), el("tbody", {}, assessment.checks.map((check) => row(check, kinds.get(check.metric), series))))),
      assessment.missing.length ? el("p.missing", {}, el("span.label", {}, "Still needed"), el("span", {}, assessment.missing.join(" · "))) : null);
  } };
}

function head() {
  const titles = [["Metric"], ["Verdict"], ["Canary", "number"], ["Stable", "number"], ["Ratio", "number", "canary divided by stable, and the factor beyond which a difference matters"],
    ["Sessions", "number", "units measured: canary and stable"], ["Needed", "", "canary units that going on needs"], ["Evidence", "", "how far the evidence of harm is on the way to what a rollback needs"], ["Last checks"]];
  return el("thead", {}, el("tr", {}, titles.map(([text, kind, title]) => el(kind ? `th.${kind}` : "th", { scope: "col", title }, text))));
}

function row(check, metric, series) {
  const [shape, tone, word] = METRIC_STATES[check.state] ?? METRIC_STATES.unknown;
  const kind = metric?.kind;
  const line = series.find((each) => each.metric === check.metric)?.points ?? [];
  const { canary, stable } = check;
  const enough = check.needed ? Math.min(1, canary.units / check.needed) : 1;
  const evidence = evidenceShare(check);
  const shown = (measured) => figure(measured.value, kind, check.metric);
  return el(`tr.is-row-${tone}`, {},
    el("th", { scope: "row" }, el("span.metric-name", {}, check.metric), check.metric.startsWith("probe") ? el("span.badge", {}, "probes") : null, el("div.why", {}, check.reason)),
    el("td", { "data-label": "verdict" }, el(`span.chip.is-${tone}`, {}, sign(shape, tone), word)),
    el("td.number.lead", { "data-label": "canary" }, shown(canary), bad(canary)),
    el("td.number", { "data-label": "stable" }, shown(stable), bad(stable)),
    el("td.number", { "data-label": "ratio" }, check.ratio === null ? NOTHING : `×${check.ratio.toFixed(2)}`, el("small.quiet", {}, `limit ×${check.guard.toFixed(2)}`)),
    el("td.number", { "data-label": "sessions" }, count(canary.units), el("small.quiet", {}, `${count(stable.units)} stable`)),
    el("td.needed", { "data-label": "needed" }, meter(enough, enough < 1 ? "undecided" : "passed", `${count(canary.units)} of ${count(check.needed)} needed`), el("small.quiet", {}, check.needed ? `${count(Math.min(canary.units, check.needed))} of ${count(check.needed)}` : "none needed")),
    el("td.needed", { "data-label": "evidence" }, evidence === null ? el("span.quiet", {}, NOTHING) : [meter(evidence, evidence >= 1 ? "failed" : "quiet", `${percent(evidence)} of what a rollback needs`), el("small.quiet", {}, evidence ? `${percent(evidence)} of the limit` : "none")]),
    el("td.line", { "data-label": "last checks" }, sparkline(line, described(line, check.metric, kind))));
}

const bad = (measured) => (measured.bad === null || measured.bad === undefined ? null : el("small.quiet", {}, `${count(measured.bad)} bad`));

/** Natural logarithms; a threshold of 0 or less is none. */
function evidenceShare({ log_e, log_threshold }) {
  if (log_threshold === null || log_threshold <= 0) return null;
  return log_e === null ? 0 : Math.max(0, Math.min(1, log_e / log_threshold));
}

function described(points, metric, kind) {
  const last = points.at(-1);
  return last ? `${metric} over ${points.length} checks; last: canary ${figure(last.canary, kind, metric)}, stable ${figure(last.stable, kind, metric)}` : `${metric}: no check yet`;
}

function release({ rollout, differences, migrations }) {
  return { facts: [rollout.canary, rollout.stable, differences, migrations], draw: () => panel("release", "What the canary changes", "",
    el("p.digests", {}, el("code", {}, rollout.stable ?? "no stable release"), el("span", { "aria-hidden": "true" }, "→"), el("span.visually-hidden", {}, "becomes"), el("code.canary", {}, rollout.canary)),
    differences.length ? el("ul.differences", {}, differences.map(difference)) : el("p.quiet", {}, rollout.stable ? "Nothing that is known differs." : "A first release: there is nothing to compare with."),
    migrations ? el("p.quiet", {}, `Migrations: ${migrations}`) : null) };
}

function difference({ kind, words, lines }) {
  const said = [el("span.badge", {}, kind.replaceAll("_", " ")), el("span.words", {}, words)];
  if (!lines.length) return el("li", {}, said);
  return el("li", {}, el("details", {}, el("summary", {}, said),
    el("pre", { tabindex: "0" }, lines.map((line) => el(`span.${line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "same"}`, {}, `${line}\n`)))));
}

function blind({ blind_to }) {
  return { facts: blind_to, draw: () => blind_to.length ? panel("blind", "What this plan cannot see", "", el("ul.blind", {}, blind_to.map((words) => el("li", {}, sentence(words))))) : null };
}

function sessions({ pinned_canary_sessions, canary_in_flight, unpinned }) {
  return { facts: [pinned_canary_sessions, canary_in_flight, unpinned], draw: () => panel("sessions", "Sessions", "",
    el("dl.figures", {}, big("pinned to the canary", count(pinned_canary_sessions)), big("requests open on the canary", count(canary_in_flight)), big("came back on another arm", count(unpinned), unpinned > 0))) };
}

const big = (name, value, odd = false) => el(odd ? "div.odd" : value === "unknown" ? "div.unknown" : "div", {}, el("dd", {}, value), el("dt", {}, name));

function wayBack({ rollback_command, last_drill, now }) {
  return { facts: [rollback_command, last_drill], draw: () => panel("way-back", "The way back", "",
    rollback_command
      ? el("div.command", {}, el("code", { tabindex: "0" }, rollback_command), el("button.copy", { type: "button", click: (event) => copy(event.currentTarget, rollback_command) }, "Copy"))
      : el("p.quiet", {}, "There is nothing to go back from."),
    el("p.quiet", {}, last_drill ? `Last rehearsed ${clock(last_drill, now)}` : "Never rehearsed: goldfinch drill does it.")) };
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(button.previousElementSibling);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

function people({ approvals, rollout, now }) {
  return { facts: [approvals, rollout.gate_hash], draw: () => panel("people", "Approvals", "",
    approvals.length
      ? el("ul.approvals", {}, approvals.map((one) => el("li", {}, sign(one.granted ? "passed" : "failed", one.granted ? "passed" : "failed"),
        el("div", {}, el("strong", {}, `${one.granted ? "approved" : "rejected"} by ${one.by}`), el("span.quiet", {}, ` ${clock(one.at, now)}, until ${clock(one.expires_at, now)}`), one.reason ? el("div", {}, one.reason) : null))))
      : el("p.quiet", {}, rollout.plan.approval || !rollout.stable ? "Nobody has said a word yet." : "The plan asks for none."),
    el("p.quiet.gate", {}, rollout.gate_hash ? ["Gate results ", el("code", {}, rollout.gate_hash.slice(0, 23))] : "Started without gate results.")) };
}

function timeline({ decisions, now }) {
  return { facts: decisions, draw: () => panel("timeline", "Decisions", `${decisions.length} so far, newest first`,
    decisions.length ? el("ol.timeline", {}, decisions.toReversed().map((decision) => entry(decision, now))) : el("p.quiet", {}, "None yet.")) };
}

function entry(decision, now) {
  const [shape, tone] = look(decision.to_phase.replace(/\(.*/s, ""));
  return el("li", {}, sign(shape, tone), el("div", {},
    el("p", {}, el("strong", {}, decision.to_phase), el("span.quiet", {}, ` ${clock(decision.at, now)}`), decision.by === "controller" ? null : el("span.badge", {}, `by ${decision.by}`)),
    el("p", {}, sentence(decision.reason)),
    decision.commands.length ? el("p.quiet", {}, decision.commands.join(" · ")) : null));
}

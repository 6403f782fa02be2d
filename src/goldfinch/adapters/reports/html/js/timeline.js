// How the agent came to its answer: messages, thoughts, and tool calls with what came back.

import { el } from "./dom.js";
import { pretty } from "./format.js";

const ROLES = { system: "System", user: "User", assistant: "Agent", tool: "Tool", reasoning: "Thought" };
const LONG = 700;

export function timeline(answer) {
  const left = answer.stepsLeftOut;
  return el("ol.timeline", {}, answer.steps.map(stepElement),
    left > 0 && el("li", {}, el("div.quiet", {}, `… and ${left} more ${left === 1 ? "step" : "steps"}; outputs.jsonl has them all`)));
}

function stepElement(step) {
  const calls = step.calls ?? [];
  const isFault = calls.some((call) => call.error !== null);
  return el("li", { class: `${step.role}${isFault ? " fault" : ""}` },
    el("div.role", {}, ROLES[step.role] ?? step.role),
    step.text && foldable(el("pre.text", {}, pretty(step.text))),
    calls.map(callElement));
}

function callElement(call) {
  const isFault = call.error !== null;
  return el("div", { class: isFault ? "call fault" : "call" },
    el("div.head", {}, el("code", {}, call.name), el("span.quiet", {}, isFault ? "failed" : call.result === null ? "no result recorded" : "returned")),
    call.arguments && el("div.part", {}, el("pre.text", { title: "arguments" }, pretty(call.arguments))),
    call.result !== null && el("div.part", {}, foldable(el("pre.text", { title: "result" }, pretty(call.result)), 360)),
    isFault && el("div.part.fault", {}, el("pre.text", { title: "error" }, call.error)));
}

/** Long text begins folded. */
export function foldable(element, long = LONG) {
  if (element.textContent.length <= long) return element;
  element.classList.add("folded");
  const button = el("button.unfold", { type: "button", "aria-expanded": "false" }, "Show all");
  button.addEventListener("click", () => {
    const folded = element.classList.toggle("folded");
    button.textContent = folded ? "Show all" : "Show less";
    button.setAttribute("aria-expanded", String(!folded));
  });
  return el("div", {}, element, button);
}

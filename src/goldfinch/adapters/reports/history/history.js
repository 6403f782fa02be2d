// The charts answer to pointer and keyboard; without this script every point still has its title, and the table below has every figure.

import { byId } from "./dom.js";
import { startTheme, toggleTheme } from "./theme.js";

function pick(figure, points, place) {
  figure.querySelector(".at")?.classList.remove("at");
  const point = points[Math.max(0, Math.min(points.length - 1, place))];
  point.classList.add("at");
  figure.dataset.at = points.indexOf(point);
  figure.querySelector(".readout").textContent = point.querySelector("title").textContent;
}

function startChart(figure) {
  const points = [...figure.querySelectorAll(".point")];
  const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -points.length, End: points.length };
  figure.tabIndex = 0;
  figure.addEventListener("keydown", (event) => {
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    pick(figure, points, Number(figure.dataset.at ?? points.length - 1) + moves[event.key]);
  });
  points.forEach((point, place) => point.addEventListener("pointerenter", () => pick(figure, points, place)));
}

startTheme();
document.querySelectorAll(".chart figure").forEach(startChart);
document.addEventListener("keydown", (event) => {
  if (event.key === "t" && !event.ctrlKey && !event.metaKey && !event.altKey) toggleTheme();
});
byId("charts").dataset.ready = "true";

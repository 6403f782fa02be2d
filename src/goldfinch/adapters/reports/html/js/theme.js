// Light or dark: as the system says, until somebody chooses.

import { announce, byId } from "./dom.js";

const KEY = "goldfinch-theme";
const root = document.documentElement;

export function startTheme() {
  const chosen = remembered();
  if (chosen) root.dataset.theme = chosen;
  byId("theme").hidden = false;
  byId("theme").addEventListener("click", toggleTheme);
}

export function toggleTheme() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  announce(`${root.dataset.theme} colours`);
  try {
    localStorage.setItem(KEY, root.dataset.theme);
  } catch { /* a browser that keeps nothing for a file forgets the choice, and that is all */ }
}

function remembered() {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "light" || theme === "dark" ? theme : null;
  } catch {
    return null;
  }
}

/**
 * Which view of the server is shown, the projector's plan of the page, and light or dark.
 *
 * Redis has no counterpart.
 */

import { byId, say } from "./dom.js";

/** @typedef {import("./stage.js").Stage} Stage */

const VIEWS = ["picture", "queues", "turn", "operators"];

/** The tabs above the server. */
export class Views {
  /** @param {Stage} stage */
  constructor(stage) {
    this.tabs = VIEWS.map((name) => byId(`tab-${name}`));
    this.panels = VIEWS.map((name) => byId(name));
    this.tabs.forEach((tab, at) => {
      tab.addEventListener("click", () => this.choose(at));
      tab.addEventListener("keydown", (event) => {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        // On a projector the arrows belong to the time line.
        if (!by || document.documentElement.classList.contains("projector")) return;
        event.preventDefault();
        const shown = this.tabs.filter((each) => !each.hidden);
        const next = shown[(shown.indexOf(tab) + by + shown.length) % shown.length];
        this.choose(this.tabs.indexOf(next));
        next.focus();
      });
    });
    const projector = byId("projector");
    projector.addEventListener("click", () => {
      const isOn = document.documentElement.classList.toggle("projector");
      projector.setAttribute("aria-pressed", String(isOn));
      // What is read is the same: each view finds its place on the new plan.
      stage.dispatchEvent(new Event("place"));
    });
  }

  /** @param {number} at */
  choose(at) {
    if (this.tabs[at].hidden) return;
    this.tabs.forEach((tab, each) => {
      tab.setAttribute("aria-selected", String(each === at));
      tab.tabIndex = each === at ? 0 : -1;
      this.panels[each].hidden = each !== at;
    });
  }
}

/** The button for light and dark: it begins with what the system has. */
export function themes() {
  const button = byId("theme");
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const name = () => say(button, isDark() ? "Light" : "Dark");
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    name();
  });
  system.addEventListener("change", name);
  name();
}

/**
 * The steps of a line as a tree, the keys of a tree, and for the step that is shown the source that it happened in and the
 * function of Redis that does the same.
 *
 * Redis has no counterpart.
 */

import { byId, counted, element, say } from "./dom.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./session.js").Place} Place */

export class Steps {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.tree = byId("tree");
    this.source = byId("source");
    /** @type {Record<string, Place>} */
    this.places = {};
    /** @private @type {unknown} */
    this.shown = undefined;
    stage.addEventListener("place", () => this.draw());
    this.tree.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest(".step") : null;
      if (row) stage.showStep([...this.tree.children].indexOf(row) + 1);
    });
    this.tree.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {Record<string, Place>} places */
  know(places) {
    this.places = places;
    this.drawSource();
  }

  draw() {
    const { steps, step, event } = this.stage;
    // A tree has rows, and prose is none.
    this.tree.setAttribute("role", steps.length > 0 ? "tree" : "group");
    if (this.shown !== event) {
      this.shown = event;
      this.tree.replaceChildren(...steps.map((each) => this.row(each)));
      if (steps.length === 0) this.tree.replaceChildren(element("p", { class: "prose" }, this.stage.note || "The server has nothing to do."));
    }
    say(byId("steps-count"), steps.length ? `${step} of ${counted(steps.length, "step")}` : "");
    if (steps.length === 0) return this.drawSource();
    [...this.tree.children].forEach((row, at) => {
      row.classList.toggle("later", at >= step);
      row.setAttribute("aria-selected", String(at === step - 1));
      row.setAttribute("tabindex", at === Math.max(0, step - 1) ? "0" : "-1");
    });
    // The source takes its room first.
    this.drawSource();
    const row = this.tree.children[Math.max(0, step - 1)];
    if (row instanceof HTMLElement) this.reveal(row);
  }

  /**
   * @private
   * @param {import("./session.js").Step} step
   */
  row(step) {
    const verdict = step.step === "tested" ? (step.matches ? " yes" : " no") : "";
    const row = element("div", { class: `step${verdict}`, role: "treeitem", "aria-level": step.depth + 1 }, step.text);
    row.style.setProperty("--depth", String(step.depth));
    return row;
  }

  /**
   * Scrolls the tree, and nothing else, until the row is seen; the row at the top is a whole one.
   *
   * @private
   * @param {HTMLElement} row
   */
  reveal(row) {
    const { tree } = this;
    const top = (/** @type {Element} */ each) => (each instanceof HTMLElement ? each.offsetTop - tree.offsetTop : 0);
    const end = top(row) + row.offsetHeight;
    if (top(row) >= tree.scrollTop && end <= tree.scrollTop + tree.clientHeight) return;
    // As many rows above it as leave room for two below.
    const room = Math.max(row.offsetHeight, tree.clientHeight - 2 * row.offsetHeight);
    let first = row.previousElementSibling;
    while (first?.previousElementSibling && end - top(first.previousElementSibling) <= room) first = first.previousElementSibling;
    tree.scrollTop = first && end - top(first) <= room ? top(first) : top(row);
  }

  /** @private */
  drawSource() {
    const { current } = this.stage;
    const place = current && (this.places[`${current.step}:${current.dict}`] ?? this.places[current.step]);
    this.source.hidden = !place;
    if (!place) return;
    this.source.replaceChildren(
      element(
        "p",
        { class: "where" },
        element("code", {}, `${place.file}:${place.line}`),
        element("b", {}, place.function),
        element("span", { class: "soft" }, `Redis: ${place.redis}`),
      ),
      element("pre", { tabindex: 0 }, ...excerpt(place)),
    );
    const mark = this.source.querySelector("mark");
    if (mark) this.source.scrollTop = mark.offsetTop - this.source.offsetTop - this.source.clientHeight / 2;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { step, steps } = this.stage;
    const to = { ArrowDown: step + 1, ArrowUp: step - 1, Home: 1, End: steps.length }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.stage.showStep(Math.max(1, to));
    const row = this.tree.children[this.stage.step - 1];
    if (row instanceof HTMLElement) row.focus({ preventScroll: true });
  }
}

/**
 * The excerpt's lines; the one that reports the step is marked.
 *
 * @param {Place} place
 */
function excerpt({ excerpt: text, excerpt_line: marked }) {
  return text.split("\n").map((line, at) => (at === marked ? element("mark", {}, line) : `${line}\n`));
}

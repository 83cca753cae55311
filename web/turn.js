/**
 * The turn of the event loop as a clock: which of its five parts each step belongs to, and where the hand stands.
 *
 * Redis: `src/ae.c` (`aeProcessEvents`), `src/server.c` (`beforeSleep`, `serverCron`). The parts follow from the steps.
 */

import { byId, counted, element } from "./dom.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./session.js").Step} Step */

/** @typedef {"poll" | "read" | "execute" | "before" | "timers"} Part */

/** @type {{ part: Part, name: string, says: string, here: string, redis: string }[]} */
export const PARTS = [
  { part: "poll", name: "poll", says: "sleep until a socket has something, or a deadline passes", here: "Sockets::wait", redis: "aeApiPoll" },
  { part: "read", name: "read", says: "take the bytes of each socket once, find the requests in them", here: "Server::feed", redis: "readQueryFromClient" },
  { part: "execute", name: "execute", says: "run each command; frames and replies go into output queues", here: "dispatch::call", redis: "processCommand, call" },
  { part: "before", name: "before sleep", says: "write to each client what it is owed, drop closed clients", here: "Server::end_turn", redis: "beforeSleep" },
  { part: "timers", name: "timers", says: "keys that expire, waits and clients that time out", here: "Server::set_time", redis: "serverCron" },
];

/** @type {Record<string, Part>} */
const BY_KIND = {
  connected: "read", arrived: "read", parsed: "read", announced: "before", written: "before", blocked: "before",
  file_grown: "before", file_synced: "before",
};

/**
 * The part of the turn that each step belongs to. What no request has led to (a line that only moves the clock) is the
 * timers' work; a close at the root of the tree belongs to what was going on.
 *
 * @param {Step[]} steps
 * @param {string} line
 * @returns {Part[]}
 */
export function partsOf(steps, line) {
  /** @type {Part} */
  let last = /^!\s*wait\b/.test(line) ? "timers" : "read";
  return steps.map((step) => {
    const known = BY_KIND[step.step];
    if (known !== undefined) last = known;
    else if (step.step !== "closed" && last === "read") last = "execute";
    else if (step.step !== "closed" && last === "before" && step.depth > 0) last = "execute";
    return last;
  });
}

/**
 * How many turns the steps take: reading comes again after writing.
 *
 * @param {Part[]} parts
 */
export function turnsIn(parts) {
  return parts.filter((part, at) => part === "read" && parts[at - 1] === "before").length + 1;
}

const SVG = "http://www.w3.org/2000/svg";
const [X, Y] = [260, 230];
const RADIUS = 150;
/** Degrees between two arcs. */
const BREAK = 5;

/** @param {number} degrees @param {number} radius */
function point(degrees, radius) {
  const angle = ((degrees - 90) * Math.PI) / 180;
  return [X + radius * Math.cos(angle), Y + radius * Math.sin(angle)].map((each) => each.toFixed(1));
}

/** @param {number} at */
const middle = (at) => at * (360 / PARTS.length);

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
function draw(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

export class Turn {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.view = byId("turn");
    /** The angle of the hand, which only grows: it never turns back on its way to poll. */
    this.angle = 0;
    this.hand = draw("line", { class: "hand", x1: X, y1: Y, x2: X, y2: Y - RADIUS + 26 });
    this.title = draw("title", {}, "The turn of the event loop");
    this.arcs = PARTS.map((_, at) => draw("path", { class: "arc", d: this.arc(at) }));
    this.counts = PARTS.map(({ name }, at) => {
      const [x, y] = point(middle(at), RADIUS + [32, 56, 52, 52, 60][at]);
      return draw("text", { class: "count", x, y: Number(y) + 6 }, name);
    });
    const dial = draw("svg", { class: "cutaway clock", role: "img", viewBox: "0 0 520 450" },
      this.title, ...this.arcs, ...this.counts, this.hand, draw("circle", { class: "hub", cx: X, cy: Y, r: 9 }));
    this.rows = PARTS.map(({ name, says, here, redis }) =>
      element("li", {}, element("b", {}, name), element("span", { class: "count" }), element("span", {}, says),
        element("code", {}, here), element("span", { class: "soft" }, `Redis: ${redis}`)));
    this.now = element("p", { class: "now" });
    this.view.append(dial, element("div", { class: "beside" }, this.now, element("ol", { class: "parts" }, ...this.rows)));
    stage.addEventListener("place", () => this.draw());
  }

  /**
   * @private
   * @param {number} at
   */
  arc(at) {
    const half = 180 / PARTS.length - BREAK / 2;
    const [x1, y1] = point(middle(at) - half, RADIUS);
    const [x2, y2] = point(middle(at) + half, RADIUS);
    return `M${x1} ${y1}A${RADIUS} ${RADIUS} 0 0 1 ${x2} ${y2}`;
  }

  draw() {
    const { steps, step, event, isSettled, current } = this.stage;
    const parts = partsOf(steps, event?.line ?? "");
    const now = isSettled || step === 0 ? "poll" : parts[step - 1];
    PARTS.forEach(({ part }, at) => {
      const done = parts.slice(0, step).filter((each) => each === part).length;
      const all = parts.filter((each) => each === part).length;
      const isNow = part === now;
      this.arcs[at].setAttribute("class", `arc${isNow ? " now" : done ? " done" : ""}`);
      this.counts[at].setAttribute("class", `count${isNow ? " now" : ""}`);
      this.rows[at].classList.toggle("now", isNow);
      if (isNow) this.rows[at].setAttribute("aria-current", "step");
      else this.rows[at].removeAttribute("aria-current");
      const count = /** @type {HTMLElement} */ (this.rows[at].querySelector(".count"));
      count.textContent = all === 0 ? "" : `${done} of ${counted(all, "step")}`;
      if (isNow) {
        const turn = ((middle(at) - (this.angle % 360)) + 360) % 360;
        this.angle += turn;
      }
    });
    this.hand.style.transform = `rotate(${this.angle}deg)`;
    const turns = turnsIn(parts);
    const turn = turnsIn(parts.slice(0, Math.max(1, step)));
    const which = turns > 1 ? `turn ${turn} of ${turns}: ` : "";
    this.now.textContent = now === "poll" ? "asleep: the loop waits in poll" : `${which}${current?.text ?? ""}`;
    this.title.textContent = `The turn of the event loop stands at ${PARTS.find(({ part }) => part === now)?.name}`;
  }
}

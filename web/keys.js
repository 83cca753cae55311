/**
 * What the keys do, wherever the focus is: typing goes first, then the time line. A clicker sends Page Down and Page Up.
 *
 * Redis has no counterpart.
 */

import { byId, element } from "./dom.js";

/** @typedef {import("./stage.js").Stage} Stage */

/** @type {[keys: string, does: string][]} */
const HELP = [
  ["Space", "play, pause"],
  ["→  ←", "step forward, step back"],
  ["Page Down  Page Up", "line forward, line back (a clicker's keys); so do Shift with → and ←"],
  ["Home  End", "to the beginning, to the end"],
  ["+  −", "faster, slower"],
  ["1  2  3", "structures, output queues, turn"],
  ["/", "to the consoles"],
  ["O", "open a scenario"],
  ["P", "projector"],
  ["Tab  Enter  ↑  ↓", "in a console: complete, send, lines that were sent before"],
  ["↑  ↓", "in the steps: the one before, the one after"],
  ["?", "this list"],
];

/**
 * @param {Stage} stage
 * @param {{ toggle: () => void, view: (at: number) => void, consoles: () => void }} to
 */
export function listen(stage, to) {
  const sheet = byId("keys", HTMLDialogElement);
  byId("key-list").append(
    ...HELP.flatMap(([keys, does]) => [
      element("dt", {}, ...keys.split("  ").flatMap((key) => [element("kbd", {}, key), " "])),
      element("dd", {}, does),
    ]),
  );
  byId("help").addEventListener("click", () => sheet.showModal());

  /** @type {Record<string, () => unknown>} */
  const always = { PageDown: () => stage.lineForward(), PageUp: () => stage.lineBack() };
  /** @type {Record<string, () => unknown>} */
  const unlessTyping = {
    " ": () => to.toggle(),
    ArrowRight: () => stage.stepForward(),
    ArrowLeft: () => stage.stepBack(),
    Home: () => stage.goTo(0),
    End: () => stage.goTo(stage.entries.length),
    "+": () => stage.changePace(1),
    "=": () => stage.changePace(1),
    "-": () => stage.changePace(-1),
    1: () => to.view(0),
    2: () => to.view(1),
    3: () => to.view(2),
    4: () => to.view(3),
    "/": () => to.consoles(),
    o: () => byId("open").click(),
    p: () => byId("projector").click(),
    "?": () => sheet.showModal(),
  };
  const shifted = { ArrowRight: always.PageDown, ArrowLeft: always.PageUp };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const { target } = event;
    if (event.key in always) return run(always[event.key], event);
    const isTyping = target instanceof HTMLInputElement && target.type !== "checkbox";
    if (isTyping || target instanceof HTMLSelectElement) return;
    // A button has Space for itself; the tabs have the arrows.
    if (event.key === " " && target instanceof HTMLButtonElement) return;
    if (event.shiftKey && (event.key === "ArrowRight" || event.key === "ArrowLeft")) return run(shifted[event.key], event);
    const action = unlessTyping[event.key];
    if (action) run(action, event);
  });
}

/**
 * @param {() => unknown} action
 * @param {KeyboardEvent} event
 */
function run(action, event) {
  event.preventDefault();
  action();
}

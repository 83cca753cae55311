/**
 * A prompt: a line of input with history and completion, for the keyboard and for a screen reader (the combobox pattern).
 *
 * Redis: `deps/linenoise/` is the line that redis-cli reads.
 */

import { parts } from "./complete.js";
import { element } from "./dom.js";

/** Lines of history that are kept. */
const MOST_HISTORY = 200;

let made = 0;

export class Prompt {
  /**
   * @param {string} name
   * @param {import("./complete.js").Commands} commands
   * @param {{ send: (typed: string) => Promise<void>, help: (typed: string) => void }} to
   */
  constructor(name, commands, to) {
    this.commands = commands;
    this.to = to;
    /** @type {string[]} */
    this.history = [];
    this.past = 0;
    this.chosen = -1;
    const id = `options-${(made += 1)}`;
    this.options = element("ul", { id, class: "options", role: "listbox", "aria-label": "Commands", hidden: true });
    this.input = element("input", {
      "aria-label": `Command for ${name}`,
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": id,
      "aria-autocomplete": "list",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      enterkeyhint: "send",
      input: () => this.offer(),
      keydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
      focus: () => to.help(this.input.value),
      blur: () => this.close(),
    });
    this.form = element("form", { class: "prompt", submit: (/** @type {Event} */ event) => this.submit(event) }, this.input, this.options);
  }

  focus() {
    this.input.focus();
  }

  /** @param {Event} event */
  submit(event) {
    event.preventDefault();
    const typed = this.input.value.trim();
    this.close();
    if (!typed) return;
    this.history = [...this.history.filter((line) => line !== typed), typed].slice(-MOST_HISTORY);
    this.past = 0;
    this.input.value = "";
    this.to.help("");
    void this.to.send(typed);
  }

  /** Shows what can be completed. */
  offer() {
    const typed = this.input.value;
    this.to.help(typed);
    const found = this.commands.completions(typed);
    this.chosen = -1;
    this.options.replaceChildren(
      ...found.map(({ name }, at) =>
        element("li", {
          id: `${this.options.id}-${at}`,
          role: "option",
          "aria-selected": "false",
          // Before the input loses the focus.
          mousedown: (/** @type {Event} */ event) => {
            event.preventDefault();
            this.take(at);
          },
        }, name),
      ),
    );
    this.options.hidden = found.length === 0;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
    this.input.removeAttribute("aria-activedescendant");
  }

  close() {
    this.options.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {number} at */
  choose(at) {
    const { children } = this.options;
    this.chosen = (at + children.length) % children.length;
    for (const [each, option] of [...children].entries()) option.setAttribute("aria-selected", String(each === this.chosen));
    const option = /** @type {HTMLElement} */ (children[this.chosen]);
    this.input.setAttribute("aria-activedescendant", option.id);
    this.options.scrollTop = option.offsetTop - this.options.clientHeight / 2;
  }

  /** @param {number} at */
  take(at) {
    this.input.value = `${this.options.children[at].textContent} `;
    this.close();
    this.to.help(this.input.value);
  }

  /** @param {number} by */
  recall(by) {
    const past = Math.max(0, Math.min(this.history.length, this.past + by));
    if (past === this.past) return;
    this.past = past;
    this.input.value = past === 0 ? "" : this.history[this.history.length - past];
    this.to.help(this.input.value);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const isOpen = !this.options.hidden;
    if (event.key === "Tab" && isOpen && !event.shiftKey) this.take(Math.max(0, this.chosen));
    else if (event.key === "Enter" && isOpen && this.chosen >= 0) this.take(this.chosen);
    else if (event.key === "Escape" && isOpen) this.close();
    else if (event.key === "ArrowDown") isOpen ? this.choose(this.chosen + 1) : this.recall(-1);
    else if (event.key === "ArrowUp") isOpen ? this.choose(Math.max(this.chosen, 0) - 1) : this.recall(1);
    else return;
    event.preventDefault();
  }
}

/**
 * The line below the consoles: the arguments of the command that was typed, those that are there in bold, and what it does.
 *
 * @param {import("./complete.js").Commands} commands
 * @param {string} input
 * @returns {Node[]}
 */
export function helpFor(commands, input) {
  const typed = commands.typed(input);
  if (!typed) return [];
  const { command, words } = typed;
  const names = parts(command.arguments ?? "");
  const spelt = names.map((name, at) => element("span", { class: at < words ? "typed" : "" }, ` ${name}`));
  const facts = [command.summary, command.complexity, command.since && `since ${command.since}`].filter(Boolean).join(" · ");
  return [element("code", {}, element("b", {}, command.name), ...spelt), element("div", {}, facts)];
}

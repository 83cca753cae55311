/**
 * The consoles: one for each named client, with what it sent, what it received and a prompt. What is pushed to a subscriber
 * appears in its console when the walk comes to the write.
 *
 * Redis: `src/redis-cli.c` is the console that this looks like.
 */

import { byId, bytesOf, counted, element, say } from "./dom.js";
import { freeName, lineFrom, namesIn, understand } from "./dialogue.js";
import { Prompt, helpFor } from "./prompt.js";
import { replies, wire } from "./pretty.js";
import { fromJson } from "./resp.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./session.js").Received} Received */

/** Lines of a log that are kept on the page, and lines of the dialogue that are looked through for them. */
const MOST_ITEMS = 120;
const MOST_LINES = 3000;
/** What is shown of one very long text. */
const MOST_TEXT = 2000;

/**
 * Something in a log. `after`: how many steps of the current line come before it; 0: it is there already.
 * @typedef {{ kind: "asked" | "reply" | "pushed" | "failed" | "rest" | "ended", text: string, after: number }} Item
 */

/** One client's console. */
class Console {
  /**
   * @param {string} name
   * @param {Consoles} consoles
   */
  constructor(name, consoles) {
    this.name = name;
    this.log = element("div", { class: "log", role: "log", "aria-label": `What ${name} sent and received`, tabindex: 0 });
    this.prompt = new Prompt(name, consoles.commands, {
      send: (typed) => consoles.send(name, typed),
      help: (input) => consoles.help(input),
    });
    this.protocol = element("button", { type: "button", click: () => consoles.switchProtocol(name) });
    this.connection = element("button", { type: "button", click: () => consoles.connection(name) });
    this.prompt.form.append(this.protocol, this.connection);
    this.box = element("div", { class: "name", "aria-hidden": "true", title: name }, name);
    this.section = element(
      "section",
      { class: "console", "aria-label": `Client ${name}`, focusin: () => consoles.activate(name) },
      this.box,
      this.log,
      this.prompt.form,
    );
    this.section.addEventListener("click", (event) => {
      const isText = window.getSelection()?.toString() !== "";
      if (!isText && !(event.target instanceof HTMLButtonElement)) this.prompt.focus();
    });
    /** @type {Item[]} */
    this.items = [];
  }

  /** @param {Item[]} items */
  show(items) {
    this.items = items;
    const lines = items.map(({ kind, text }) => {
      const cut = text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)} … ${counted(text.length, "character")}` : text;
      return element("div", { class: kind }, cut);
    });
    this.log.replaceChildren(...lines);
  }

  /**
   * Shows what has come after so many steps.
   *
   * @param {number} step
   */
  reach(step) {
    const rows = this.log.children;
    this.items.forEach(({ after }, at) => {
      rows[at].classList.toggle("coming", after > step);
      rows[at].classList.toggle("just", after > 0 && after === step);
    });
    this.log.scrollTop = this.log.scrollHeight;
  }
}

/** All consoles. */
export class Consoles {
  /**
   * @param {Stage} stage
   * @param {import("./complete.js").Commands} commands
   */
  constructor(stage, commands) {
    this.stage = stage;
    this.commands = commands;
    this.list = byId("console-list");
    this.raw = byId("raw", HTMLInputElement);
    /** @type {Map<string, Console>} */
    this.consoles = new Map();
    /** Names that were asked for with the button. @type {Set<string>} */
    this.added = new Set();
    this.active = "";
    /** @private */
    this.shownNumber = -1;
    this.raw.addEventListener("change", () => this.draw(true));
    byId("add").addEventListener("click", () => this.add());
    stage.addEventListener("lines", () => this.draw(true));
    stage.addEventListener("place", () => this.draw(false));
  }

  add() {
    const name = freeName(new Set(this.consoles.keys()));
    this.added.add(name);
    this.draw(true);
    this.consoles.get(name)?.prompt.focus();
  }

  /** @param {string} name */
  activate(name) {
    this.active = name;
    for (const [each, { section }] of this.consoles) section.classList.toggle("active", each === name);
  }

  /** Puts the cursor into the console that is in use. */
  focus() {
    (this.consoles.get(this.active) ?? [...this.consoles.values()].at(-1))?.prompt.focus();
  }

  /**
   * @param {string} name
   * @param {string} typed
   */
  send(name, typed) {
    return this.stage.type(lineFrom(name, typed));
  }

  /** @param {string} name */
  switchProtocol(name) {
    const client = this.stage.state?.clients.find((each) => each.name === name && each.open);
    return this.stage.type(`${name}: HELLO ${client?.resp === 3 ? 2 : 3}`);
  }

  /** @param {string} name */
  connection(name) {
    const isOpen = this.stage.state?.clients.some((each) => each.name === name && each.open);
    return this.stage.type(`! ${name} ${isOpen ? "disconnects" : "connects"}`);
  }

  /** @param {string} input */
  help(input) {
    byId("helpline").replaceChildren(...helpFor(this.commands, input));
  }

  /** @param {boolean} anew */
  draw(anew) {
    const { stage } = this;
    if (anew || stage.number !== this.shownNumber) {
      this.shownNumber = stage.number;
      this.makeConsoles();
      const items = this.items();
      for (const [name, console] of this.consoles) console.show(items.get(name) ?? []);
      this.drawStates();
    }
    const client = stage.current?.client;
    for (const [name, console] of this.consoles) {
      console.reach(stage.step);
      console.section.classList.toggle("speaks", name === client);
    }
  }

  /** @private */
  makeConsoles() {
    const names = namesIn(this.stage.entries.map(({ text }) => text));
    for (const { name } of this.stage.state?.clients ?? []) names.add(name);
    for (const name of this.added) names.add(name);
    if (names.size === 0) names.add("A");
    for (const [name, { section }] of this.consoles) {
      if (names.has(name)) continue;
      section.remove();
      this.consoles.delete(name);
    }
    for (const name of [...names].sort(byName)) {
      const console = this.consoles.get(name) ?? new Console(name, this);
      this.consoles.set(name, console);
    }
    const inOrder = [...this.consoles.values()].sort((one, other) => byName(one.name, other.name));
    // Moving an element takes the cursor out of it: nothing moves unless it must.
    inOrder.forEach((console, at) => {
      if (this.list.children[at] !== console.section) this.list.insertBefore(console.section, this.list.children[at] ?? null);
    });
    if (!this.consoles.has(this.active)) this.activate(inOrder.at(-1)?.name ?? "");
  }

  /** @private */
  drawStates() {
    const states = new Map((this.stage.state?.clients ?? []).map((client) => [client.name, client]));
    for (const [name, { box, protocol, connection, section }] of this.consoles) {
      const client = states.get(name);
      const isOpen = client?.open ?? false;
      section.classList.toggle("gone", client !== undefined && !isOpen);
      say(protocol, client?.resp === 3 ? "RESP3" : "RESP2");
      protocol.title = client?.resp === 3 ? "Switch to RESP2 (HELLO 2)" : "Switch to RESP3 (HELLO 3)";
      say(connection, isOpen ? "close" : "connect");
      box.title = client ? `${name}, id ${client.id}, ${client.addr}, owed ${bytesOf(client.owed)}` : `${name} is not connected`;
    }
  }

  /**
   * What each log holds at this place.
   *
   * @private
   * @returns {Map<string, Item[]>}
   */
  items() {
    const { entries, number } = this.stage;
    /** @type {Map<string, Item[]>} */
    const logs = new Map();
    /** @param {string} name */
    const log = (name) => logs.get(name) ?? (logs.set(name, []), /** @type {Item[]} */ (logs.get(name)));
    for (let at = Math.max(0, number - MOST_LINES); at < number; at += 1) {
      const isCurrent = at === number - 1;
      const said = understand(entries[at].text);
      if (said.kind === "request") log(said.client).push({ kind: "asked", text: said.text, after: 0 });
      for (const received of entries[at].received ?? []) {
        const words = said.kind === "request" && said.client === received.client ? said.words : null;
        const after = isCurrent ? this.written(received.client) : 0;
        log(received.client).push(...this.texts(received, words).map((item) => ({ ...item, after })));
      }
      if (said.kind === "direction" && said.client && / disconnects$/.test(said.text)) {
        log(said.client).push({ kind: "ended", text: "disconnected", after: 0 });
      }
    }
    for (const items of logs.values()) items.splice(0, Math.max(0, items.length - MOST_ITEMS));
    return logs;
  }

  /**
   * How many steps of the current line come before the last write to a client.
   *
   * @private
   * @param {string} name
   */
  written(name) {
    const { steps } = this.stage;
    const at = steps.findLastIndex((step) => step.client === name && (step.step === "written" || step.step === "closed"));
    return at < 0 ? steps.length : at + 1;
  }

  /**
   * @private
   * @param {Received} received
   * @param {string[] | null} words the request that this answers; null: it was pushed
   * @returns {Omit<Item, "after">[]}
   */
  texts({ bytes, length, closed }, words) {
    const received = fromJson(bytes);
    /** @type {Omit<Item, "after">[]} */
    let items;
    if (this.raw.checked) {
      items = wire(received).map((text) => ({ kind: words ? "reply" : "pushed", text }));
      if (length > received.length) items.push({ kind: "ended", text: `… ${counted(length, "byte")} in all` });
    } else {
      items = replies(received, length, words ?? []).map((text) => ({
        kind: text.startsWith("(error)") ? "failed" : text.startsWith("… ") ? "rest" : words ? "reply" : "pushed",
        text,
      }));
    }
    if (closed) items.push({ kind: "ended", text: "the server closed the connection" });
    return items;
  }
}

/**
 * Short names first: A, B, P, then words.
 *
 * @param {string} one
 * @param {string} other
 */
function byName(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

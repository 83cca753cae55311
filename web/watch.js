/**
 * The panel of a running server: what is looked for, its clients, how much is left out, and a console if the server allows
 * commands. It stands where the consoles of a session stand.
 *
 * Redis: `redis-cli` is what the console looks like.
 */

import { byId, bytesOf, counted, element, say } from "./dom.js";
import { isRaw, pretty } from "./pretty.js";
import { Prompt, helpFor } from "./prompt.js";
import { fromJson, read } from "./resp.js";

/** @typedef {{ picture: string, state: import("./session.js").State, sampled: boolean, of: Record<string, number>, pause_us: number }} Look */

/** Milliseconds after the last key before the server is asked. */
const PATIENCE = 200;
/** Lines of the console's log, and rows of clients. */
const MOST_LINES = 200;
const MOST_CLIENTS = 40;
/** The longest reply that is shown, in bytes. */
const LONGEST = 4 << 20;

export class Watch {
  /**
   * @param {(message: object) => void} send
   * @param {import("./complete.js").Commands} commands
   */
  constructor(send, commands) {
    this.send = send;
    this.panel = byId("watch");
    this.filter = element("input", { type: "search", id: "filter", placeholder: "Channels, patterns, clients", "aria-label": "Show what has this in its name", autocomplete: "off", spellcheck: "false", input: () => this.soon() });
    this.of = element("p", { class: "soft" });
    this.clients = element("ul", { class: "watched", "aria-label": "Clients" });
    this.notice = element("p", { class: "notice" });
    this.log = element("div", { class: "log", role: "log", "aria-label": "The console", tabindex: 0 });
    this.prompt = new Prompt("the server", commands, {
      send: async (typed) => this.command(typed),
      help: (typed) => this.help.replaceChildren(...helpFor(commands, typed)),
    });
    this.help = element("div", { class: "helpline", "aria-live": "polite" });
    this.console = element("div", { class: "live-console", hidden: true }, this.log, this.prompt.form, this.help);
    this.panel.append(element("div", { class: "head" }, element("h2", {}, "Clients"), this.filter), this.of, this.clients, this.notice, this.console);
    /** Bytes of replies that are not whole yet. */
    this.half = new Uint8Array();
    /** The commands whose replies have not come. @type {string[][]} */
    this.asked = [];
    /** @private @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @private */
    this.client = "";
  }

  /** What is watched, as a message. */
  get view() {
    const filter = this.filter.value.trim();
    // A whole name is found at once, however many names there are.
    return { watch: { filter, channel: filter, client: this.client } };
  }

  /** @private */
  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(this.view), PATIENCE);
  }

  /** @param {{ console: boolean }} hello */
  greet({ console: isAllowed }) {
    this.console.hidden = !isAllowed;
    say(this.notice, isAllowed
      ? "What is typed here runs on this server (live-console)."
      : "Read-only: this page sends no command to the server (live-console is off).");
  }

  /**
   * @param {Look} look
   * @param {number} dropped
   */
  show({ state, sampled, of }, dropped) {
    const all = Object.entries(of).filter(([, count]) => typeof count === "number" && count > 0).map(([name, count]) => counted(count, name.replaceAll("_", " ").replace(/s$/, "")));
    const parts = [
      all.length ? `${sampled ? "A part of " : ""}${all.join(", ")}` : "",
      dropped > 0 ? `${counted(dropped, "step")} not shown: more came than the page takes` : "",
    ];
    say(this.of, parts.filter(Boolean).join(". "));
    const shown = state.clients.slice(0, MOST_CLIENTS);
    this.clients.replaceChildren(...shown.map((client) => {
      const { name, addr, owed, limit } = client;
      const near = limit?.near_percent ?? 0;
      return element("li", {}, element("button", { "aria-pressed": String(name === this.client), title: "Always in the picture", click: () => this.pin(name) },
        element("span", { class: "name" }, name), element("span", { class: "soft" }, addr),
        element("span", { class: near > 75 ? "near" : "soft" }, owed > 0 ? `owed ${bytesOf(owed)}${near ? `, ${near} % of its limit` : ""}` : "")));
    }));
  }

  /**
   * @private
   * @param {string} name
   */
  pin(name) {
    this.client = this.client === name ? "" : name;
    this.send(this.view);
  }

  /** @param {string} typed */
  command(typed) {
    this.asked.push(typed.split(/\s+/, 4));
    this.print("asked", typed);
    this.send({ console: typed });
  }

  /** @param {{ bytes?: string | number[], closed?: boolean, error?: string }} message */
  hear({ bytes, closed, error }) {
    if (error !== undefined) {
      this.asked.shift();
      this.print("failed", error);
    }
    if (closed) {
      this.asked = [];
      this.half = new Uint8Array();
      this.print("ended", "the server closed the console");
    }
    if (bytes === undefined) return;
    const all = new Uint8Array([...this.half, ...fromJson(bytes)]);
    const { values, rest } = read(all);
    this.half = rest.slice();
    for (const value of values) {
      const isPush = value.type === "push";
      const text = pretty(value, !isPush && isRaw(this.asked.shift() ?? []));
      this.print(value.type === "error" ? "failed" : isPush ? "pushed" : "reply", text);
    }
    if (this.half.length > LONGEST) {
      this.half = new Uint8Array();
      this.print("ended", `a reply of more than ${bytesOf(LONGEST)} is not shown`);
    }
  }

  /**
   * @private
   * @param {string} kind
   * @param {string} text
   */
  print(kind, text) {
    this.log.append(element("div", { class: kind }, text));
    while (this.log.childElementCount > MOST_LINES) this.log.firstElementChild?.remove();
    this.log.scrollTop = this.log.scrollHeight;
  }
}

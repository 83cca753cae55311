/**
 * Scenarios and what can be done with a dialogue as a whole: open one that is embedded or from a file, save it, put it into a
 * link, copy the picture. A dialogue from a link is shown and waits for a click.
 *
 * Redis has no counterpart.
 */

import { byId, counted, element, say } from "./dom.js";
import { fileName } from "./dialogue.js";
import { LONGEST, fragment, playedBy, readFragment } from "./link.js";
import { documentOf } from "./picture.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./session.js").ScenarioRow} ScenarioRow */

/** The largest file that is read: the session allows no longer dialogue. */
const LARGEST_FILE = 4 << 20;
/** An empty server, to type to. */
const BLANK = "# A dialogue of my own\n";

/** The tours: what the list begins with. */
const FIRST = ["weather", "channel-and-pattern", "output-limit-slow-reader", "two-services", "live-room", "cached-read", "waiting-line", "transactions-and-pubsub", "leaderboard", "eviction"];

export class Scenarios {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.sheet = byId("scenarios", HTMLDialogElement);
    this.find = byId("find", HTMLInputElement);
    /** @type {ScenarioRow[] | null} */
    this.rows = null;
    byId("open").addEventListener("click", () => void this.open());
    byId("blank").addEventListener("click", () => void this.use(BLANK));
    this.find.addEventListener("input", () => this.list());
    byId("file", HTMLInputElement).addEventListener("change", (event) => void this.fromFile(/** @type {HTMLInputElement} */ (event.target)));
    byId("save").addEventListener("click", () => void this.save());
    byId("link").addEventListener("click", () => void this.link());
    byId("copy").addEventListener("click", () => void this.copy());
    stage.addEventListener("lines", () => {
      say(byId("title"), stage.title);
      document.title = `${stage.title} · cutaway`;
    });
  }

  /** @private */
  async open() {
    this.sheet.showModal();
    this.find.value = "";
    this.find.focus();
    if (!this.rows) {
      const { scenarios } = /** @type {{ scenarios: ScenarioRow[] }} */ (await this.stage.session.ask({ do: "scenarios" }));
      const place = (/** @type {ScenarioRow} */ { name }) => (FIRST.indexOf(name) + 1 || FIRST.length + 1);
      this.rows = scenarios.sort((one, other) => place(one) - place(other));
    }
    this.list();
  }

  /** @private */
  list() {
    const wanted = this.find.value.trim().toLowerCase();
    const rows = (this.rows ?? []).filter(({ name, title }) => `${name} ${title}`.toLowerCase().includes(wanted));
    byId("found").replaceChildren(
      ...rows.map(({ name, title, lines, needs }) => {
        const lacks = needs.length ? `; needs ${needs.join(", ")}` : "";
        return element("li", {}, element("button", { click: () => void this.named(name) },
          element("b", {}, name), element("span", {}, `${title} `, element("i", { class: "soft" }, `${counted(lines, "line")}${lacks}`))));
      }),
    );
  }

  /**
   * Opens an embedded scenario.
   *
   * @param {string} name
   * @returns {Promise<void>}
   */
  async named(name) {
    await this.use(await this.text(name));
  }

  /**
   * @param {string} name
   * @returns {Promise<string>}
   */
  async text(name) {
    const { scenario } = /** @type {{ scenario: string }} */ (await this.stage.session.ask({ do: "scenario", name }));
    return scenario;
  }

  /**
   * @private
   * @param {string} text
   */
  async use(text) {
    this.sheet.close();
    await this.stage.load(text);
    if (this.stage.hasNext) byId("play").focus();
  }

  /**
   * @private
   * @param {HTMLInputElement} input
   */
  async fromFile(input) {
    const file = input.files?.[0];
    input.value = "";
    if (!file) return;
    if (file.size > LARGEST_FILE) return this.trouble(`${file.name} has ${counted(file.size, "byte")}; a scenario has ${LARGEST_FILE} at most`);
    await this.use(await file.text());
  }

  /** @private @returns {Promise<string>} */
  async saved() {
    const { scenario } = /** @type {{ scenario: string }} */ (await this.stage.session.ask({ do: "save", title: this.stage.title }));
    const pending = this.stage.entries.slice(this.stage.recorded).map(({ text }) => `${text}\n`);
    return scenario + pending.join("");
  }

  /** Saves the dialogue as a file. */
  async save() {
    const url = URL.createObjectURL(new Blob([await this.saved()], { type: "text/plain" }));
    element("a", { href: url, download: `${fileName(this.stage.title)}.scenario` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
    this.said("Saved");
  }

  /** Puts a link with the dialogue into the address, and copies it. */
  async link() {
    const made = fragment(await this.saved(), this.stage.number);
    if (made === null) return this.trouble(`This dialogue is too long for a link (${LONGEST.toLocaleString("en")} characters): save it as a file`);
    history.replaceState(null, "", made);
    await this.clip(location.href, "Link copied");
  }

  /** Copies the picture as an SVG document. */
  async copy() {
    const shown = byId("picture").querySelector("svg");
    const { svg } = this.stage.isLive && shown
      ? { svg: documentOf(shown) }
      : /** @type {{ svg: string }} */ (await this.stage.session.ask({ do: "document" }));
    await this.clip(svg, "Picture copied as SVG");
  }

  /**
   * @private
   * @param {string} text
   * @param {string} done
   */
  async clip(text, done) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A page from a disk may not be allowed to: the old way is.
      const area = element("textarea", { class: "hidden" });
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    this.said(done);
  }

  /**
   * Shows the dialogue of a link; it is played when somebody says so. Returns whether there is one.
   *
   * @param {string} hash
   */
  async fromLink(hash) {
    const linked = readFragment(hash);
    if (!linked) return false;
    const text = linked.dialogue ?? (await this.text(linked.scenario ?? ""));
    byId("linked-text").textContent = text;
    const sheet = byId("linked", HTMLDialogElement);
    sheet.returnValue = "";
    sheet.addEventListener("close", () => {
      if (sheet.returnValue === "play") void this.playLinked(text, linked);
    }, { once: true });
    sheet.showModal();
    byId("linked-play").focus();
    return true;
  }

  /**
   * @private
   * @param {string} text
   * @param {import("./link.js").Linked} linked
   */
  async playLinked(text, { line, dialogue }) {
    await this.stage.load(text);
    const lines = this.stage.entries.map((entry) => entry.text);
    // In a link to an embedded scenario the number is that of the line in its file, as in the names of the figures.
    const number = line === undefined ? 0 : dialogue !== undefined ? line : playedBy(text, line, lines);
    if (number > 1) await this.stage.goTo(number - 1);
    await this.stage.lineForward();
  }

  /**
   * @private
   * @param {string} what
   */
  said(what) {
    say(byId("said"), "");
    say(byId("said"), what);
    const note = element("p", { class: "note", "aria-hidden": "true" }, what);
    document.body.append(note);
    setTimeout(() => note.remove(), 2500);
  }

  /**
   * @private
   * @param {string} what
   */
  trouble(what) {
    this.stage.dispatchEvent(new CustomEvent("trouble", { detail: what }));
  }
}

/**
 * The time line: the buttons, the slider with a tick for each line, and the words that say where the page stands.
 *
 * Redis has no counterpart.
 */

import { byId, counted, element, say } from "./dom.js";
import { understand } from "./dialogue.js";
import { PACES } from "./stage.js";

/** @typedef {import("./stage.js").Stage} Stage */

/** With more lines than this there are no ticks. */
const MOST_TICKS = 240;
/** The pace that is called 1. */
const NORMAL = 600;

export class TimeLine {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.scrub = byId("scrub", HTMLInputElement);
    this.ticks = byId("ticks");
    this.play = byId("play", HTMLButtonElement);
    /** @type {Record<string, () => void>} */
    const actions = {
      "line-back": () => stage.lineBack(),
      "step-back": () => stage.stepBack(),
      play: () => this.toggle(),
      "step-forward": () => stage.stepForward(),
      "line-forward": () => stage.lineForward(),
      slower: () => stage.changePace(-1),
      faster: () => stage.changePace(1),
    };
    for (const [id, action] of Object.entries(actions)) byId(id).addEventListener("click", action);
    this.scrub.addEventListener("input", () => void stage.goTo(this.scrub.valueAsNumber));
    stage.addEventListener("lines", () => this.drawLines());
    stage.addEventListener("place", () => this.drawPlace());
    stage.addEventListener("pace", () => this.drawPace());
    this.drawPace();
  }

  toggle() {
    if (!this.stage.isPlaying) void this.stage.play();
    else this.stage.pause();
  }

  /** @private */
  drawLines() {
    const { entries } = this.stage;
    this.scrub.max = String(entries.length);
    const ticks = entries.length > MOST_TICKS ? [] : entries.map(() => element("i"));
    this.ticks.replaceChildren(...ticks);
    this.drawPlace();
  }

  /** @private */
  drawPlace() {
    const { entries, number, step, steps, isSettled, hasNext, isLive } = this.stage;
    this.scrub.value = String(number);
    const line = entries[number - 1]?.text ?? "";
    this.scrub.setAttribute("aria-valuetext", number === 0 ? "before the first line" : `line ${number} of ${entries.length}: ${line}`);
    [...this.ticks.children].forEach((tick, at) => {
      const entry = entries[at];
      const said = understand(entry.text);
      const isWalk = isLive ? / s?publish /i.test(entry.text) : said.kind === "request" && /^s?publish\b/i.test(said.text);
      const kind = said.kind === "note" && !isLive ? "note" : at >= number ? "" : entry.changed ? "changed" : isWalk ? "walked" : "played";
      if (tick.className !== kind) tick.className = kind;
    });
    const noun = isLive ? "turn" : "line";
    const where = number === 0 ? counted(entries.length, noun) : `${noun} ${number} of ${entries.length}`;
    say(byId("place"), steps.length > 0 ? `${where} · step ${step} of ${steps.length}` : where);
    for (const [id, isOff] of /** @type {[string, boolean][]} */ ([
      ["line-back", number === 0],
      ["step-back", number === 0],
      ["step-forward", isSettled && !hasNext],
      ["line-forward", !hasNext],
    ])) {
      // Not `disabled`: that would take the focus from whoever presses it again and again.
      byId(id).setAttribute("aria-disabled", String(isOff));
    }
    this.announce();
  }

  /** @private */
  drawPace() {
    const { isPlaying } = this.stage;
    this.play.classList.toggle("playing", isPlaying);
    this.play.title = isPlaying ? "Pause (Space)" : "Play (Space)";
    say(byId("play-name"), isPlaying ? "Pause" : "Play");
    const times = NORMAL / PACES[this.stage.pace];
    say(byId("pace"), times < 1 ? `1/${Math.round(1 / times)}×` : `${Math.round(times)}×`);
  }

  /**
   * For a screen reader: each step that is asked for, but of what plays by itself only the lines.
   *
   * @private
   */
  announce() {
    const { entries, number, step, steps, current, isPlaying, isSettled, isLive } = this.stage;
    const said = byId("said");
    const line = number === 0 ? "Before the first line" : `${isLive ? "Turn" : "Line"} ${number}: ${entries[number - 1]?.text}`;
    if (isPlaying && step > 1) return;
    if (isSettled || step <= 1 || !current) say(said, steps.length ? `${line}. ${steps.length} steps.` : line);
    else say(said, current.text);
  }
}

/**
 * Where the page stands: the lines of the dialogue, how many of them were played, and how many steps of the last one are
 * shown. Everything that moves in time (play, pause, steps and lines forward and back, scrub) is here; the views listen.
 *
 * Going back is the session's work: it plays the recorded inputs again from the start. No picture is remembered here.
 *
 * Redis has no counterpart.
 */

import { Refused } from "./session.js";
import { entryOf } from "./track.js";

/** @typedef {import("./session.js").Played} Played */
/** @typedef {import("./session.js").State} State */

/** @typedef {import("./track.js").Track} Track */
/** @typedef {import("./track.js").Entry} Entry */

/** Milliseconds that a step is shown, from the slowest to the fastest. */
export const PACES = [2400, 1200, 600, 300, 120, 40];

/** Lines that are played in a row on the way to another. */
const BREATH = 100;
/** Of a line with very many steps this many are shown one by one. */
const MOST_STEPS_IN_A_ROW = 400;

/**
 * Events: `lines` (the dialogue is another), `place` (another line or step), `pace` (playing, paused, faster, slower),
 * `trouble` (its `detail` says what was refused).
 */
export class Stage extends EventTarget {
  /** @param {import("./session.js").Session} session */
  constructor(session) {
    super();
    this.session = session;
    /** Whether it is the record of a running server: entries are turns, and more come by themselves. */
    this.isLive = false;
    this.title = "";
    /** @type {string[]} */
    this.prose = [];
    /** @type {string[]} */
    this.settings = [];
    /** @type {Entry[]} */
    this.entries = [];
    /** How many of the lines the session has in its record; the others are yet to be played. */
    this.recorded = 0;
    /** How many lines were played to come here. */
    this.number = 0;
    /** How many steps of the last line are shown. */
    this.step = 0;
    /** @type {Played | null} */
    this.event = null;
    /** @type {State | null} */
    this.state = null;
    /** Whether it goes on by itself: to the end of the line, or of the dialogue. @type {"no" | "line" | "all"} */
    this.playing = "no";
    this.pace = 2;
    /** @private @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @private @type {Promise<void>} */
    this.turn = Promise.resolve();
    /** @private @type {number | null} */
    this.wanted = null;
  }

  /** The steps of the last line. */
  get steps() {
    return this.event?.steps ?? [];
  }

  /** The step that is shown; undefined before the first. */
  get current() {
    return this.steps[this.step - 1];
  }

  /** What the scenario says at this place: its prose before the first line, or a comment between the lines. */
  get note() {
    if (this.number === 0) return [this.title, ...this.prose].join(" ");
    const text = this.entries[this.number - 1]?.text ?? "";
    return text.startsWith("#") ? text.replace(/^#\s*/, "") : "";
  }

  /** Whether every step of the line is shown. */
  get isSettled() {
    return this.step >= this.steps.length;
  }

  get isPlaying() {
    return this.playing !== "no";
  }

  /** Whether there is a line after this one. */
  get hasNext() {
    return this.number < this.entries.length;
  }

  /**
   * Puts another track in the place of this one, which is returned.
   *
   * @param {Track} track
   * @returns {Track}
   */
  swap(track) {
    this.pause();
    const { session, isLive, pace, title, prose, settings, entries, recorded, number, step, event, state } = this;
    Object.assign(this, track);
    for (const what of /** @type {const} */ (["lines", "place", "pace"])) this.tell(what);
    return { session, isLive, pace, title, prose, settings, entries, recorded, number, step, event, state };
  }

  /**
   * Opens a session anew with a scenario's settings; its lines are yet to be played.
   *
   * @param {string} scenario
   */
  load(scenario) {
    this.pause();
    return this.inTurn(async () => {
      const { lines, ...about } = /** @type {import("./session.js").Loaded} */ (await this.session.ask({ do: "load", scenario }));
      Object.assign(this, about);
      this.entries = lines.map((text) => ({ text, received: null, changed: false }));
      this.recorded = this.number = this.step = 0;
      this.event = this.state = null;
      this.tell("lines");
      await this.stand(0);
    });
  }

  /**
   * Plays a line that was typed. What stood behind this place is no longer there, except lines of a scenario that were not
   * played yet.
   *
   * @param {string} line
   */
  type(line) {
    return this.add({ do: "play", line });
  }

  /** @param {string} client @param {number | null} bytes what it reads in a turn from now on; null: all */
  speed(client, bytes) {
    return this.add({ do: "speed", client, bytes });
  }

  /**
   * @private
   * @param {import("./session.js").Request} request
   */
  add(request) {
    this.pause();
    return this.inTurn(async () => {
      const event = /** @type {Played} */ (await this.session.ask(request));
      const pending = this.number === this.recorded ? this.entries.slice(this.recorded) : [];
      this.entries.length = this.number;
      this.entries.push(entryOf(event), ...pending);
      this.recorded = this.number + 1;
      this.arrive(event, 1);
      this.tell("lines");
      this.run("line");
    });
  }

  /**
   * Goes to the place after `number` lines, all steps shown; what was not played yet on the way is played. Of calls that come
   * faster than they are answered only the last counts.
   *
   * @param {number} number
   */
  goTo(number) {
    this.pause();
    this.wanted = Math.max(0, Math.min(number, this.entries.length));
    return this.inTurn(async () => {
      const wanted = this.wanted;
      if (wanted === null) return;
      this.wanted = null;
      await this.reach(wanted);
    });
  }

  /** To the next step, which may be the first of the next line. */
  stepForward() {
    this.pause();
    return this.inTurn(() => this.advance());
  }

  /** To the step before. */
  stepBack() {
    this.pause();
    return this.inTurn(async () => {
      if (this.step > 1) this.show(this.step - 1);
      else if (this.number > 0) await this.stand(this.number - 1);
    });
  }

  /** Plays the next line, step by step, and pauses. If a line is being played, it is finished first. */
  lineForward() {
    const unfinished = this.playing === "line" && !this.isSettled;
    this.pause();
    return this.inTurn(async () => {
      if (unfinished) this.show(this.steps.length);
      if (!this.hasNext) return;
      await this.next();
      this.run("line");
    });
  }

  /** To the beginning of this line, or to the line before if it has only begun. */
  lineBack() {
    this.pause();
    return this.inTurn(() => this.stand(Math.max(0, this.number - 1)));
  }

  /**
   * Shows so many steps of this line.
   *
   * @param {number} step
   */
  showStep(step) {
    this.pause();
    this.show(step);
  }

  /** Plays on to the end of the dialogue; from the end of all, begins again. */
  async play() {
    if (!this.isLive && !this.hasNext && this.isSettled && this.number > 0) await this.inTurn(() => this.stand(0));
    this.run("all");
  }

  pause() {
    clearTimeout(this.timer);
    if (!this.isPlaying) return;
    this.playing = "no";
    this.tell("pace");
  }

  /** @param {number} by */
  changePace(by) {
    const pace = Math.max(0, Math.min(PACES.length - 1, this.pace + by));
    if (pace === this.pace) return;
    this.pace = pace;
    this.tell("pace");
  }

  /**
   * @private
   * @param {"line" | "all"} how
   */
  run(how) {
    clearTimeout(this.timer);
    if (how === "line" && this.isSettled) return this.pause();
    this.playing = how;
    this.tell("pace");
    /** @returns {Promise<void>} */
    const beat = async () => {
      const isAtEnd = this.isSettled && !this.hasNext;
      if (this.playing === "all" && isAtEnd && this.isLive) return;
      if (isAtEnd || (this.playing === "line" && this.isSettled) || !this.isPlaying) return this.pause();
      await this.inTurn(async () => {
        if (this.isPlaying) await this.advance();
      });
      // The last step of a line stays for longer: it is read as a whole.
      const pause = PACES[this.pace] * (this.isSettled && this.playing === "all" ? 3 : 1);
      if (this.isPlaying) this.timer = setTimeout(beat, pause);
    };
    this.timer = setTimeout(beat, this.step === 0 && this.number === 0 ? 0 : PACES[this.pace]);
  }

  /** @private */
  async advance() {
    if (!this.isSettled) this.show(this.step + 1 > MOST_STEPS_IN_A_ROW ? this.steps.length : this.step + 1);
    else if (this.hasNext) await this.next();
  }

  /**
   * Shows the newest turn of a running server, all its steps at once or one by one.
   *
   * @param {Played} event
   * @param {boolean} byStep
   */
  follow(event, byStep) {
    this.arrive(event, byStep ? 1 : event.steps.length, this.entries.length);
    this.run("all");
  }

  /**
   * A running server has another picture, of the turn that is shown.
   *
   * @param {string} picture
   * @param {State} state
   */
  see(picture, state) {
    if (this.event) Object.assign(this.event, { picture, state });
    this.state = state;
    this.tell("place");
  }

  /**
   * Stands at the first step of the next line.
   *
   * @private
   * @param {boolean} [isSeen] false: another line follows at once
   */
  async next(isSeen = true) {
    const entry = this.entries[this.number];
    const isRecorded = this.number < this.recorded;
    /** @type {Played} */
    let event;
    try {
      event = await this.session.ask(isRecorded ? { do: "go", number: this.number + 1 } : { do: "play", line: entry.text });
    } catch (error) {
      // What cannot be played is no line of the dialogue.
      if (!isRecorded && error instanceof Refused) {
        this.entries.splice(this.number, 1);
        this.tell("lines");
      }
      throw error;
    }
    Object.assign(entry, entryOf(event), { text: entry.text });
    this.recorded = Math.max(this.recorded, this.number + 1);
    this.arrive(event, 1, this.number + 1, isSeen);
  }

  /**
   * @private
   * @param {number} number
   */
  async reach(number) {
    if (number <= this.recorded) return this.stand(number);
    if (this.number < this.recorded) await this.stand(this.recorded);
    while (this.number < number && this.wanted === null) {
      await this.next(false);
      // The page is used meanwhile.
      if (this.number % BREATH === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    this.show(this.steps.length);
  }

  /**
   * Stands behind a line of the record, all its steps shown.
   *
   * @private
   * @param {number} number
   */
  async stand(number) {
    const event = /** @type {Played} */ (await this.session.ask({ do: "go", number }));
    this.arrive(event, event.steps.length, number);
  }

  /**
   * @private
   * @param {Played} event
   * @param {number} step
   * @param {number} [number]
   * @param {boolean} [isSeen]
   */
  arrive(event, step, number = this.number + 1, isSeen = true) {
    this.event = event;
    this.state = event.state;
    this.number = number;
    if (isSeen) this.show(step);
    if (event.drift) this.dispatchEvent(new CustomEvent("trouble", { detail: event.drift }));
  }

  /**
   * @private
   * @param {number} step
   */
  show(step) {
    this.step = Math.max(0, Math.min(step, this.steps.length));
    this.tell("place");
  }

  /**
   * One thing after the other: what is asked while another is under way waits for it. What the session refuses is reported.
   *
   * @private
   * @param {() => Promise<void>} what
   * @returns {Promise<void>}
   */
  inTurn(what) {
    this.turn = this.turn.then(what).catch((error) => {
      this.pause();
      if (!(error instanceof Refused)) throw error;
      this.dispatchEvent(new CustomEvent("trouble", { detail: error.message }));
    });
    const done = this.turn;
    this.turn = done.catch(() => undefined);
    return done;
  }

  /**
   * @private
   * @param {"lines" | "place" | "pace"} what
   */
  tell(what) {
    this.dispatchEvent(new Event(what));
  }
}

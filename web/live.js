/**
 * The page on a running server: the picture of its own memory, ten times a second at most, and the steps of its turns, kept
 * in a record of bounded length. The time line pauses and goes back in that record only, never the server. Beside it the page
 * has a session, as in the playground. `src/live/` is the other side.
 *
 * Redis has no counterpart.
 */

import { byId, element } from "./dom.js";
import { Operators } from "./operators.js";
import { Session } from "./session.js";
import { Watch } from "./watch.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./track.js").Track} Track */
/** @typedef {import("./session.js").Played} Played */
/** @typedef {import("./session.js").Step} Step */
/** @typedef {import("./watch.js").Look} Look */
/** @typedef {{ number: number, time_ms: number, dropped: number, steps: Step[] }} Turn */

/** Turns that are kept, and steps of all of them together. */
const MOST_TURNS = 600;
const MOST_STEPS = 30_000;
/** A turn that comes after so many milliseconds of silence, with no more steps than this, is walked through step by step. */
const SILENCE = 1500;
const MOST_WALKED = 60;
/** Milliseconds between two turns that are shown as they come. */
const BETWEEN = 100;

const NO_STATE = { clients: [], chunks: [], counts: { channels: 0, patterns: 0, subscriptions: 0, keys: 0 }, clock: { millis: 0 } };

/**
 * What a turn did, in a few words: its requests.
 *
 * @param {Turn} turn
 */
function nameOf({ steps, time_ms }) {
  const requests = steps.filter(({ step }) => step === "parsed");
  const time = new Date(time_ms).toTimeString().slice(0, 8);
  if (requests.length === 0) return `${time} ${steps[0]?.text ?? "nothing"}`;
  const more = requests.length > 1 ? ` and ${requests.length - 1} more` : "";
  return `${time} ${requests[0].client}: ${requests[0].text.replace(/^request: /, "")}${more}`;
}

/** The record of a server's turns, as a session that can only go to what it has. */
class Record {
  constructor() {
    /** @type {Played[]} */
    this.turns = [];
    this.steps = 0;
    /** Of how many turns the picture after them has not come yet. */
    this.unseen = 0;
    /** @type {Look | null} */
    this.look = null;
    this.session = new Session(async (text) => {
      const request = JSON.parse(text);
      if (request.do !== "go") return JSON.stringify({ error: "That is for a session: this is the record of a running server." });
      return JSON.stringify(request.number === 0 ? this.beginning() : this.turns[request.number - 1]);
    });
  }

  /** @returns {Played} */
  beginning() {
    return { number: 0, line: "", steps: [], structures: null, received: [], picture: this.look?.picture ?? "", state: this.look?.state ?? NO_STATE, drift: null };
  }

  /**
   * Keeps a turn. Returns how many of the oldest ones have gone for it.
   *
   * @param {Turn} turn
   */
  add(turn) {
    const changed = turn.steps.some(({ step }) => ["entered", "appended", "unlinked", "left"].includes(step));
    this.turns.push({ ...this.beginning(), number: this.turns.length + 1, line: nameOf(turn), steps: turn.steps, structures: changed ? "changed" : null });
    this.steps += turn.steps.length;
    this.unseen += 1;
    let gone = 0;
    while (this.turns.length > MOST_TURNS || (this.steps > MOST_STEPS && this.turns.length > 1)) {
      this.steps -= this.turns.shift()?.steps.length ?? 0;
      gone += 1;
    }
    return gone;
  }

  /**
   * A picture: that after the turns which have come since the one before.
   *
   * @param {Look} look
   */
  see(look) {
    this.look = look;
    for (const turn of this.turns.slice(Math.max(0, this.turns.length - this.unseen))) Object.assign(turn, { picture: look.picture, state: look.state });
    this.unseen = 0;
  }
}

/** The live page. */
class Live {
  /**
   * @param {WebSocket} socket
   * @param {Stage} stage
   * @param {import("./complete.js").Commands} commands
   * @param {import("./views.js").Views} views
   * @param {() => Promise<void>} openSession
   */
  constructor(socket, stage, commands, views, openSession) {
    this.socket = socket;
    this.stage = stage;
    this.record = new Record();
    this.operators = new Operators();
    this.watch = new Watch((message) => this.send(message), commands);
    this.views = views;
    this.openSession = openSession;
    this.dropped = 0;
    /** Whether the running server is shown, not the session. */
    this.isShown = false;
    /** Whether each new turn is shown as it comes. */
    this.follows = true;
    this.lastTurn = this.lastShown = 0;
    /** The newest turn is shown soon. @type {ReturnType<typeof setTimeout> | undefined} */
    this.later = undefined;
    /** Microseconds that the server's loop took for a picture, at most. */
    this.longestPause = 0;
    /** The track that is not shown. @type {Track} */
    this.other = {
      session: this.record.session, isLive: true, pace: 4, title: `The server at ${location.host}`, prose: [], settings: [],
      entries: [], recorded: 0, number: 0, step: 0, event: null, state: null,
    };
    this.buttons = [element("button", { click: () => this.show(true) }, "Running server"), element("button", { click: () => this.show(false) }, "Session")];
    byId("open").before(element("div", { class: "tracks", role: "group", "aria-label": "What is shown" }, ...this.buttons));
    socket.addEventListener("message", (event) => this.hear(JSON.parse(String(event.data))));
    socket.addEventListener("close", () => stage.dispatchEvent(new CustomEvent("trouble", { detail: "The connection to the server was closed. Load the page again to go on." })));
    document.addEventListener("visibilitychange", () => this.look());
    stage.addEventListener("pace", () => {
      if (this.isShown && stage.playing !== "all") this.follows = false;
    });
  }

  /** @param {object} message */
  send(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** Tells the server what to send: nothing while nobody looks. */
  look() {
    this.send(this.isShown && !document.hidden ? this.watch.view : { watch: null });
  }

  /** @param {boolean} running */
  show(running) {
    if (running === this.isShown) return running ? this.goOn() : undefined;
    this.isShown = running;
    this.other = this.stage.swap(this.other);
    this.buttons.forEach((button, at) => button.setAttribute("aria-pressed", String((at === 0) === running)));
    document.documentElement.classList.toggle("live", running);
    byId("consoles").hidden = running;
    byId("watch").hidden = !running;
    for (const id of ["save", "link"]) byId(id).hidden = running;
    byId("open").toggleAttribute("disabled", running);
    byId("tab-operators").hidden = !running;
    if (!running && !byId("operators").hidden) this.views.choose(0);
    this.look();
    if (running) return this.goOn();
    if (this.stage.event === null) void this.openSession();
  }

  /** To the newest turn, and on with the server. */
  goOn() {
    this.stage.follow(this.record.turns.at(-1) ?? this.record.beginning(), false);
    this.follows = true;
  }

  /** @param {any} message */
  hear(message) {
    if (message.hello) this.watch.greet(message.hello);
    else if (message.live) this.turn(message.live);
    else if (message.look) this.seen(message.look);
    else if (message.operators) this.operators.show(message.operators);
    else if (message.console) this.watch.hear(message.console);
    else if (message.error) this.stage.dispatchEvent(new CustomEvent("trouble", { detail: message.error }));
  }

  /** @param {Turn} turn */
  turn(turn) {
    const { record } = this;
    this.dropped = turn.dropped;
    const gone = record.add(turn);
    const added = record.turns[record.turns.length - 1];
    const track = this.isShown ? this.stage : this.other;
    const { stage, isShown } = this;
    if (isShown && stage.playing === "all" && !stage.hasNext && stage.isSettled) this.follows = true;
    track.entries.push({ text: added.line, received: [], changed: added.structures !== null });
    track.entries.splice(0, gone);
    track.recorded = track.entries.length;
    track.number = Math.max(0, track.number - gone);
    const now = performance.now();
    const isQuiet = now - this.lastTurn > SILENCE && turn.steps.length <= MOST_WALKED;
    this.lastTurn = now;
    if (!isShown || this.later !== undefined) return;
    if (isQuiet || now - this.lastShown >= BETWEEN) return this.showNewest(isQuiet);
    // Of turns that come too fast to be shown one by one, the last.
    this.later = setTimeout(() => this.showNewest(false), BETWEEN);
  }

  /** @param {boolean} byStep */
  showNewest(byStep) {
    clearTimeout(this.later);
    this.later = undefined;
    this.lastShown = performance.now();
    if (!this.isShown) return;
    this.stage.dispatchEvent(new Event("lines"));
    const newest = this.record.turns.at(-1);
    if (this.follows && newest) this.stage.follow(newest, byStep);
  }

  /** @param {Look} look */
  seen(look) {
    const { record, stage } = this;
    record.see(look);
    this.longestPause = Math.max(this.longestPause, look.pause_us);
    this.watch.show(look, this.dropped);
    if (this.isShown && this.follows && !stage.hasNext) stage.see(look.picture, look.state);
  }
}

/**
 * Shows the running server. `openSession` is called when the session is shown for the first time.
 *
 * @param {WebSocket} socket
 * @param {Stage} stage
 * @param {import("./complete.js").Commands} commands
 * @param {import("./views.js").Views} views
 * @param {() => Promise<void>} openSession
 */
export function startLive(socket, stage, commands, views, openSession) {
  const live = new Live(socket, stage, commands, views, openSession);
  live.show(true);
  return live;
}

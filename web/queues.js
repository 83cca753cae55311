/**
 * The output queues: each client with what it is owed against its limits, how fast it reads, and the chunks that the bytes
 * stand in, with the clients that have not been sent them yet. A client's reading speed is an input like a line.
 *
 * Redis has no chunks: each client there has a copy of each frame (`src/networking.c`, `addReply…`).
 */

import { byId, bytesOf, counted, element } from "./dom.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./session.js").ClientState} ClientState */
/** @typedef {import("./session.js").Chunk} Chunk */

/** Bytes a turn, from none to all. */
export const SPEEDS = [0, 1, 16, 256, 4096, 65_536, null];
/** Chunks and clients that are drawn. */
const MOST_CHUNKS = 24;
const MOST_CLIENTS = 60;

/**
 * The place of a speed on the slider.
 *
 * @param {number | null} bytes
 */
export function notch(bytes) {
  if (bytes === null) return SPEEDS.length - 1;
  return SPEEDS.findLastIndex((speed) => speed !== null && speed <= bytes);
}

/** @param {number | null} speed */
function speedName(speed) {
  if (speed === null) return "reads all";
  return speed === 0 ? "does not read" : `reads ${bytesOf(speed)} a turn`;
}

export class Queues {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.view = byId("queues");
    /** @private @type {unknown} */
    this.shown = undefined;
    stage.addEventListener("place", () => this.draw());
  }

  draw() {
    const { state } = this.stage;
    if (this.shown === state || !state) return;
    this.shown = state;
    const focused = document.activeElement instanceof HTMLInputElement ? document.activeElement.dataset.client : undefined;
    this.view.replaceChildren(
      clientsTable(state.clients, (client) => this.slider(client)),
      chunksTable(state.chunks, state.clients),
    );
    // The slider that was moved is another one now.
    const again = focused === undefined ? null : this.view.querySelector(`input[data-client="${CSS.escape(focused)}"]`);
    if (again instanceof HTMLInputElement) again.focus();
  }

  /**
   * @private
   * @param {ClientState} client
   */
  slider({ name, reading, open }) {
    // How fast a client of a running server reads is its own.
    if (this.stage.isLive) return element("span", { class: "soft" }, "as it likes");
    const output = element("output", {}, speedName(reading));
    const slider = element("input", {
      type: "range", min: 0, max: SPEEDS.length - 1, step: 1, value: notch(reading), disabled: !open,
      "aria-label": `How fast ${name} reads`, "aria-valuetext": speedName(reading), "data-client": name,
      input: () => {
        const speed = SPEEDS[Number(slider.value)];
        output.textContent = speedName(speed);
        slider.setAttribute("aria-valuetext", speedName(speed));
      },
      change: () => void this.stage.speed(name, SPEEDS[Number(slider.value)]),
    });
    return element("div", { class: "speed" }, slider, output);
  }
}

/**
 * @param {ClientState[]} clients
 * @param {(client: ClientState) => Node} slider
 */
export function clientsTable(clients, slider) {
  if (clients.length === 0) return element("p", { class: "nothing" }, "No client is connected.");
  const head = element("tr", {}, ...["client", "owed, and its limits", "reads"].map((name) => element("th", { scope: "col" }, name)));
  const rows = clients.slice(0, MOST_CLIENTS).map((client) => {
    const { name, open, owed, limit } = client;
    return element(
      "tr",
      { class: open ? "" : "gone" },
      element("th", { scope: "row" }, element("div", { class: "name" }, name)),
      element("td", {}, meter(client), element("p", { class: "soft" }, open && limit ? owedText(owed, limit, client.over_soft_ms) : "closed")),
      element("td", {}, slider(client)),
    );
  });
  const more = clients.length - rows.length;
  return element("table", { class: "owed" }, element("caption", {}, "Clients", more > 0 ? ` (${more} more are not shown)` : ""),
    element("thead", {}, head), element("tbody", {}, ...rows));
}

/** @param {ClientState} client */
function meter({ owed, limit, name, open }) {
  const most = limit?.hard || limit?.soft || 0;
  const scale = most || Math.max(owed, 1);
  const share = Math.min(1, owed / scale);
  const near = most > 0 && share > 0.75 ? " near" : "";
  const fill = element("div", { class: `fill${near}` });
  fill.style.width = `${(100 * (open ? share : 0)).toFixed(2)}%`;
  const bar = element("div", {
    class: `meter${most ? "" : " unlimited"}`, role: "meter", "aria-label": `Bytes owed to ${name}`,
    "aria-valuemin": 0, "aria-valuemax": scale, "aria-valuenow": Math.min(owed, scale),
  }, fill);
  if (limit && limit.soft > 0 && limit.soft < scale) {
    const mark = element("i", { class: "soft-limit", title: `soft limit ${bytesOf(limit.soft)}` });
    mark.style.left = `${(100 * limit.soft) / scale}%`;
    bar.append(mark);
  }
  return bar;
}

/**
 * @param {number} owed
 * @param {import("./session.js").Limit} limit
 * @param {number | null} overSoft
 */
function owedText(owed, limit, overSoft) {
  const hard = limit.hard ? ` of ${bytesOf(limit.hard)} (${((100 * owed) / limit.hard).toFixed(owed ? 1 : 0)} %)` : ", no hard limit";
  const soft = limit.soft ? ` · soft ${bytesOf(limit.soft)} for ${limit.seconds} s` : "";
  const since = overSoft === null ? "" : `, over it for ${(overSoft / 1000).toFixed(1)} s`;
  return `${bytesOf(owed)}${hard}${soft}${since}`;
}

/**
 * Chunks are columns, clients are rows: where they meet stands how much of the chunk the client is still to be sent.
 *
 * @param {Chunk[]} chunks
 * @param {ClientState[]} clients
 */
export function chunksTable(chunks, clients) {
  const waiting = clients.filter(({ queue }) => queue.length > 0).slice(0, MOST_CLIENTS);
  if (waiting.length === 0) {
    return element("p", { class: "nothing" }, "No chunk: everything that was encoded has been written. Let a client stop reading and publish to it.");
  }
  const shown = chunks.slice(-MOST_CHUNKS);
  const head = element("tr", {}, element("th", { scope: "col" }, "client"), element("th", { scope: "col" }, "own replies"),
    ...shown.map(({ id, length, sealed }) =>
      element("th", { scope: "col", class: sealed ? "chunk sealed" : "chunk open" }, "chunk ", element("b", {}, String(id)), ` ${bytesOf(length)} `,
        element("span", { class: "soft" }, sealed ? "sealed" : "open"))));
  const rows = waiting.map(({ name, queue }) =>
    element("tr", {}, element("th", { scope: "row" }, element("div", { class: "name" }, name)),
      element("td", { class: "soft" }, own(queue)),
      ...shown.map((chunk) => element("td", {}, ...ranges(queue, chunk)))));
  const foot = element("tr", {}, element("th", { scope: "row", colspan: 2 }, "who waits for it"),
    ...shown.map(({ waiting: names }) => element("td", { class: "soft" }, names.length > 6 ? counted(names.length, "client") : names.join(" ") || "none")));
  const hidden = chunks.length - shown.length;
  return element("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Chunks" },
    element("table", { class: "chunks" },
      element("caption", {}, "Chunks, each held once for all its readers", hidden > 0 ? ` (${hidden} older ones are not shown)` : ""),
      element("thead", {}, head), element("tbody", {}, ...rows), element("tfoot", {}, foot)));
}

/** @param {import("./session.js").Piece[]} queue */
function own(queue) {
  const bytes = queue.reduce((sum, piece) => sum + ("own" in piece ? piece.own : 0), 0);
  return bytes > 0 ? bytesOf(bytes) : "";
}

/**
 * @param {import("./session.js").Piece[]} queue
 * @param {Chunk} chunk
 */
function ranges(queue, { id, length }) {
  return queue.flatMap((piece) => {
    if (!("chunk" in piece) || piece.chunk !== id) return [];
    const { from, to } = piece;
    const bar = element("div", { class: "range", title: `bytes ${from} to ${to}` }, element("i", {}));
    const fill = /** @type {HTMLElement} */ (bar.firstChild);
    fill.style.left = `${(100 * from) / Math.max(1, length)}%`;
    fill.style.width = `${(100 * (to - from)) / Math.max(1, length)}%`;
    return [element("div", {}, bar, element("span", { class: "soft" }, `${from.toLocaleString("en")}–${to.toLocaleString("en")}`))];
  });
}

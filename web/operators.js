/**
 * What operators ask of a running server: how much is published and delivered, who is subscribed to what, who lags and how
 * near to its limits, where most is delivered, who was closed and why. Sent once a second; `src/live/operators.rs` makes it.
 *
 * Redis: CLIENT LIST, PUBSUB NUMSUB, INFO and the log each have a part of it.
 */

import { byId, bytesOf, counted, element, say } from "./dom.js";

/**
 * @typedef {{ count: number, first: string[] }} Names
 * @typedef {{ name: string, id: number, addr: string, class: string, owed: number, for_ms: number, is_full: boolean,
 *   percent: number, seconds_left: number | null }} Lagging
 * @typedef {{ name: string, id: number, addr: string, resp: number, channels: Names, patterns: Names, shard_channels: Names,
 *   delivered: number, owed: number }} Subscriber
 * @typedef {{ seconds_ago: number, client: string, reason: string }} Closed
 * @typedef {{ kind: string, name: string, publishes: number, deliveries: number, per_publish: number }} Top
 * @typedef {{ publishes_per_second: number | null, deliveries_per_second: number | null, commands_per_second: number | null,
 *   counts: Record<string, number>, lagging: Lagging[], subscribers: Subscriber[], closed: Closed[], top: Top[],
 *   top_is_sampled: boolean, most_rows: number, pause_us: number }} Report
 */

/** @param {number | null} rate */
function perSecond(rate) {
  if (rate === null) return "–";
  return rate.toLocaleString("en", { maximumFractionDigits: rate < 10 ? 1 : 0 });
}

/** @param {number} ms */
function duration(ms) {
  return ms < 60_000 ? `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s` : `${Math.floor(ms / 60_000)} min`;
}

/** @param {number} percent */
function limit(percent) {
  const fill = element("div", { class: `fill${percent > 75 ? " near" : ""}` });
  fill.style.width = `${Math.min(100, percent)}%`;
  return element("div", { class: "limit" },
    element("div", { class: "meter", role: "meter", "aria-label": "Nearness to the limit", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.min(100, percent) }, fill),
    element("span", {}, `${percent} %`));
}

/** @param {Subscriber} subscriber */
function subscriptions({ channels, patterns, shard_channels }) {
  return [["channels", channels], ["patterns", patterns], ["shard channels", shard_channels]].flatMap(([kind, names]) => {
    const { count, first } = /** @type {Names} */ (names);
    if (count === 0) return [];
    const more = count > first.length ? ` and ${(count - first.length).toLocaleString("en")} more` : "";
    return [element("div", {}, element("span", { class: "soft" }, `${kind} `), element("code", {}, first.join("  ")), more)];
  });
}

/** A table whose rows are made anew each second; its place and its scroll stay. */
class Table {
  /**
   * @param {string} title
   * @param {string[]} columns a column of numbers begins with `#`
   * @param {string} none what is said when there is no row
   */
  constructor(title, columns, none) {
    this.none = none;
    this.note = element("span", { class: "soft" });
    this.numbers = columns.map((column) => column.startsWith("#"));
    this.body = element("tbody");
    const head = columns.map((column, at) => element("th", { scope: "col", class: this.numbers[at] ? "number" : "" }, column.replace("#", "")));
    this.table = element("table", {}, element("caption", {}, title, this.note), element("thead", {}, element("tr", {}, ...head)), this.body);
  }

  /**
   * @param {(Node | string)[][]} rows
   * @param {string} [note]
   */
  show(rows, note = "") {
    say(this.note, note && ` ${note}`);
    const cells = (/** @type {(Node | string)[]} */ row) => row.map((cell, at) => element("td", { class: this.numbers[at] ? "number" : "" }, cell));
    const none = element("tr", {}, element("td", { class: "soft", colspan: this.numbers.length }, this.none));
    this.body.replaceChildren(...(rows.length ? rows.map((row) => element("tr", {}, ...cells(row))) : [none]));
  }
}

export class Operators {
  constructor() {
    this.figures = element("dl", { class: "figures" });
    this.lagging = new Table("Clients that are owed something", ["client", "#owed", "#for", "nearness to its limit", "closed in"], "Every client has read everything.");
    this.subscribers = new Table("Who is subscribed to what", ["client", "subscriptions", "#delivered", "#owed"], "Nobody is subscribed to anything.");
    this.top = new Table("Where most is delivered", ["name", "kind", "#publishes", "#deliveries", "#a publish"], "Nothing was published since the page was opened.");
    this.closed = new Table("Closed clients", ["#ago", "client", "why"], "No client was closed by the server.");
    byId("operators").append(this.figures,
      ...[this.lagging, this.subscribers, this.top, this.closed].map(({ table }) => element("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": table.caption?.firstChild?.textContent ?? "" }, table)));
  }

  /** @param {Report} report */
  show(report) {
    const { counts, lagging, subscribers, closed, top, most_rows: most } = report;
    /** @type {[string, string][]} */
    const figures = [
      ["publishes a second", perSecond(report.publishes_per_second)],
      ["deliveries a second", perSecond(report.deliveries_per_second)],
      ["commands a second", perSecond(report.commands_per_second)],
      ["clients", `${counts.clients?.toLocaleString("en")} of ${counts.maxclients?.toLocaleString("en")}`],
      ["subscriptions", `${counts.subscriptions?.toLocaleString("en")}`],
      ["channels", `${counts.channels?.toLocaleString("en")}`],
      ["patterns", `${counts.patterns?.toLocaleString("en")}`],
      ["owed", bytesOf(counts.owed ?? 0)],
      ["nearest to a limit", `${counts.nearest_limit_percent} %`],
      ["memory", bytesOf(counts.memory ?? 0)],
    ];
    this.figures.replaceChildren(...figures.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
    this.lagging.show(
      lagging.map((client) => [named(client), bytesOf(client.owed), duration(client.for_ms), limit(client.percent),
        client.seconds_left === null ? (client.is_full ? "its socket is full" : "") : `${client.seconds_left} s`]),
      beyond(counts.lagging, lagging.length, most),
    );
    this.subscribers.show(
      subscribers.map((client) => [named(client), element("div", {}, ...subscriptions(client)), client.delivered.toLocaleString("en"), bytesOf(client.owed)]),
      beyond(counts.subscribers, subscribers.length, most),
    );
    this.top.show(
      top.map((row) => [element("code", {}, row.name), row.kind, row.publishes.toLocaleString("en"), row.deliveries.toLocaleString("en"),
        row.per_publish.toLocaleString("en", { maximumFractionDigits: 1 })]),
      report.top_is_sampled ? "since the page was opened; steps that were left out are not counted" : "since the page was opened",
    );
    this.closed.show(closed.map(({ seconds_ago, client, reason }) => [duration(seconds_ago * 1000), element("code", {}, client), reason]));
  }
}

/** @param {{ name: string, addr: string }} client */
function named({ name, addr }) {
  return element("div", {}, element("code", {}, name), element("div", { class: "soft" }, addr));
}

/**
 * @param {number} all
 * @param {number} shown
 * @param {number} most
 */
function beyond(all, shown, most) {
  return all > shown ? `${counted(all, "client")}, the first ${most} are shown` : "";
}

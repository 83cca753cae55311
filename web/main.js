/**
 * The page begins here: it finds its session, puts the views around it, and opens with the weather.
 *
 * Redis has no counterpart.
 */

import { Commands } from "./complete.js";
import { Consoles } from "./consoles.js";
import { byId, element, say } from "./dom.js";
import { listen } from "./keys.js";
import { readFragment } from "./link.js";
import { startLive } from "./live.js";
import { Picture } from "./picture.js";
import { Queues } from "./queues.js";
import { Scenarios } from "./scenarios.js";
import { liveSession, wasmSession } from "./session.js";
import { Stage } from "./stage.js";
import { Steps } from "./steps.js";
import { TimeLine } from "./timeline.js";
import { Turn } from "./turn.js";
import { Views, themes } from "./views.js";

/** What the page opens with, and the line of the file up to which it is played: the first PUBLISH. */
const OPENING = { name: "weather", lines: 7 };

/** The module: inlined in the file that opens from a disk, beside the page elsewhere. */
async function moduleBytes() {
  const inlined = document.getElementById("module");
  if (!inlined) return (await fetch("cutaway.wasm")).arrayBuffer();
  const binary = atob(inlined.textContent?.trim() ?? "");
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** @returns {Promise<WebSocket>} */
function connected() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => resolve(socket), { once: true });
    socket.addEventListener("close", () => reject(new Error("the server does not accept the page's connection")), { once: true });
  });
}

async function start() {
  themes();
  const isLive = document.querySelector("meta[name=cutaway]")?.getAttribute("content") === "live";
  const socket = isLive ? await connected() : null;
  const session = socket ? liveSession(socket) : await wasmSession(await moduleBytes());
  const stage = new Stage(session);
  const commands = new Commands([]);
  const views = new Views(stage);
  const time = new TimeLine(stage);
  const scenarios = new Scenarios(stage);
  const steps = new Steps(stage);
  const consoles = new Consoles(stage, commands);
  for (const View of [Picture, Queues, Turn]) new View(stage);
  listen(stage, { toggle: () => time.toggle(), view: (at) => views.choose(at), consoles: () => consoles.focus() });
  stage.addEventListener("trouble", (event) => trouble(/** @type {CustomEvent<string>} */ (event).detail));
  stage.addEventListener("place", () => say(byId("trouble"), ""));

  const openWeather = async () => {
    await stage.load(await scenarios.text(OPENING.name));
    await stage.goTo(OPENING.lines);
  };
  const live = socket && startLive(socket, stage, commands, views, openWeather);
  // For the console of the browser, and for tests.
  Object.assign(window, { cutaway: { stage, live } });
  const openLink = async () => {
    if (readFragment(location.hash)) live?.show(false);
    return scenarios.fromLink(location.hash).catch((error) => (trouble(error.message), true));
  };
  window.addEventListener("hashchange", () => void openLink());
  if (!live) await stage.load(await scenarios.text(OPENING.name));
  const isLinked = await openLink();
  if (!live && !isLinked) await stage.goTo(OPENING.lines);
  document.body.dataset.ready = String(Math.round(performance.now()));
  // What the first picture does not need comes after it.
  commands.learn(/** @type {{ commands: import("./session.js").Command[] }} */ (await session.ask({ do: "commands" })).commands);
  steps.know(/** @type {{ places: Record<string, import("./session.js").Place> }} */ (await session.ask({ do: "places" })).places);
}

/** @param {string} text */
function trouble(text) {
  say(byId("trouble"), text);
}

start().catch((error) => {
  byId("picture").replaceChildren(element("p", { class: "nothing" }, `The page cannot start: ${error instanceof Error ? error.message : error}`));
  throw error;
});

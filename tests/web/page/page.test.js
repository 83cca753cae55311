/**
 * The page in a real browser, opened from a disk as one file: what a reader does with it, and what must never happen.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, afterEach, before, test } from "node:test";
import { fragment } from "../../../web/link.js";
import { PAGE, open, visit } from "../browser.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContextOptions} Options */

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
/** The pages of the test that runs. @type {Awaited<ReturnType<typeof visit>>[]} */
let visited = [];

before(async () => {
  browser = await open();
});
after(() => browser?.close());

// Whatever a test does: no request but for the page itself, and no error.
afterEach(async () => {
  const all = visited;
  visited = [];
  for (const { page, requests, errors } of all) {
    await page.close();
    assert.deepEqual(errors, []);
    assert.deepEqual(requests.filter((address) => !address.startsWith("file:") && !address.startsWith("blob:") && !address.startsWith("data:")), []);
  }
});

/**
 * A page of the size, ready.
 *
 * @param {{ width?: number, height?: number, hash?: string, dark?: boolean }} [of]
 */
async function fresh({ width = 1440, height = 900, hash = "", dark = false } = {}) {
  const seen = await visit(browser.context, `${PAGE}${hash}`);
  visited.push(seen);
  await seen.page.setViewportSize({ width, height });
  await seen.page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
  // Steps follow each other fast.
  await seen.page.evaluate(() => /** @type {any} */ (window).cutaway.stage.changePace(9));
  return seen.page;
}

/**
 * Where the page stands, and its picture as the session drew it.
 *
 * @param {Page} page
 */
const place = (page) =>
  page.evaluate(() => {
    const { stage } = /** @type {{ cutaway: { stage: import("../../../web/stage.js").Stage } }} */ (/** @type {unknown} */ (window)).cutaway;
    return { number: stage.number, step: stage.step, steps: stage.steps.length, picture: stage.event?.picture ?? "", lines: stage.entries.length };
  });

/**
 * Waits until the page stands at a line, all its steps shown.
 *
 * @param {Page} page
 * @param {number} number
 */
const settled = (page, number) =>
  page.waitForFunction((wanted) => {
    const { stage } = /** @type {{ cutaway: { stage: import("../../../web/stage.js").Stage } }} */ (/** @type {unknown} */ (window)).cutaway;
    return stage.number === wanted && stage.isSettled && !stage.isPlaying;
  }, number);

/**
 * The smallest type of the text that can be seen, in pixels, and where it stands. Text in a figure is as large as the figure
 * makes it.
 *
 * @param {Page} page
 */
const smallest = (page) =>
  page.evaluate(() => {
    let least = { size: Infinity, text: "", of: "" };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      const text = node.textContent?.trim();
      if (!parent || !text || !parent.checkVisibility({ visibilityProperty: true })) continue;
      if (parent.closest(".hidden, .skip, script, style, title, desc")) continue;
      const { width, height } = parent.getBoundingClientRect();
      if (width === 0 || height === 0) continue;
      let size = parseFloat(getComputedStyle(parent).fontSize);
      const svg = parent.closest("svg");
      if (svg) size *= svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      if (size < least.size) least = { size, text: text.slice(0, 40), of: `${parent.tagName}.${parent.getAttribute("class")}` };
    }
    return least;
  });

/**
 * Types a line into the console of a client, by its keyboard alone.
 *
 * @param {Page} page
 * @param {string} client
 * @param {string} line
 */
async function type(page, client, line) {
  const { number } = await place(page);
  await page.getByLabel(`Command for ${client}`, { exact: true }).focus();
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
  await page.waitForFunction((before) => {
    const { stage } = /** @type {{ cutaway: { stage: import("../../../web/stage.js").Stage } }} */ (/** @type {unknown} */ (window)).cutaway;
    return stage.number > before;
  }, number);
}

test("the file opens from a disk, and has its first picture at once", async (t) => {
  const page = await fresh();
  t.diagnostic(`first picture after ${await page.locator("body").getAttribute("data-ready")} ms`);
  assert.equal(await page.locator("#picture svg.cutaway").count(), 1);
  assert.match(await page.locator("#picture svg title").innerHTML(), /^The walk of P: PUBLISH temperature 21$/);
  assert.equal(await page.locator("#tree .step").count(), (await place(page)).steps);
});

test("the folder works on a web host, and asks that host alone", async () => {
  const folder = new URL("../../../target/web/", import.meta.url);
  /** @type {Record<string, string>} */
  const kinds = { html: "text/html", css: "text/css", js: "text/javascript", wasm: "application/wasm" };
  const host = createServer((request, response) => {
    const name = (request.url ?? "/").slice(1) || "index.html";
    response.setHeader("content-type", kinds[name.split(".").at(-1) ?? ""] ?? "text/plain");
    response.end(/^[\w.-]+$/.test(name) ? readFileSync(new URL(name, folder)) : "");
  });
  await new Promise((resolve) => host.listen(0, "127.0.0.1", () => resolve(0)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (host.address());
  const { page, requests, errors } = await visit(browser.context, `http://127.0.0.1:${port}/`);
  assert.match(await page.locator("#picture svg title").innerHTML(), /^The walk of P: PUBLISH temperature 21$/);
  assert.deepEqual(errors, []);
  assert.deepEqual(requests.filter((each) => !each.startsWith(`http://127.0.0.1:${port}/`) && !each.startsWith("data:")), []);
  await page.close();
  host.closeAllConnections();
  host.close();
});

test("ten steps and ten lines back and forward give the same pictures, byte by byte", async () => {
  const page = await fresh();
  await page.evaluate(() => /** @type {any} */ (window).cutaway.stage.goTo(20));
  for (const [back, forward] of [["#step-back", "#step-forward"], ["#line-back", null]]) {
    const seen = [await place(page)];
    for (let at = 0; at < 10; at += 1) {
      await page.locator(String(back)).click();
      await page.waitForFunction(({ number, step }) => {
        const { stage } = /** @type {any} */ (window).cutaway;
        return stage.number !== number || stage.step !== step;
      }, seen[0]);
      const here = await place(page);
      assert.notDeepEqual([here.number, here.step], [seen[0].number, seen[0].step]);
      seen.unshift(here);
    }
    for (const expected of seen.slice(1)) {
      if (forward) {
        const before = await place(page);
        await page.locator(forward).click();
        await page.waitForFunction(({ number, step }) => {
          const { stage } = /** @type {any} */ (window).cutaway;
          return stage.number !== number || stage.step !== step;
        }, before);
      } else {
        await page.evaluate((number) => /** @type {any} */ (window).cutaway.stage.goTo(number), expected.number);
      }
      assert.deepEqual(await place(page), expected);
    }
  }
});

test("the walk goes node by node: what is to come is not drawn yet, a message is there once it was written", async () => {
  const page = await fresh();
  await page.locator("#tree .step", { hasText: "(B): node visited" }).click();
  const seen = await page.evaluate(() => {
    const node = (/** @type {string} */ client) => /** @type {Element} */ (document.querySelector(`[data-at~="pubsub_channels/temperature/${client}"]`));
    const ring = /** @type {Element} */ (document.querySelector("#picture .halo"));
    return {
      later: ["A", "B", "C"].map((client) => node(client).classList.contains("later")),
      ring: Number(ring.getAttribute("x")) - Number(node("B").getAttribute("x")),
      discs: [...document.querySelectorAll("#picture text.ondisc")].filter((each) => each.checkVisibility({ visibilityProperty: true })).length,
    };
  });
  // Discs: those of A and B in the list, that of A, who was queued its message, and the legend's.
  assert.deepEqual(seen, { later: [false, false, true], ring: -7, discs: 4 });
  assert.match(await page.locator("#source").innerText(), /^src\/pubsub\/\S+:\d+\s+\w+\s+Redis: pubsub\.c: pubsubPublishMessageInternal/);
  assert.match(await page.locator("#source mark").innerText(), /step!\(Visited/);
  const log = page.getByLabel("What A sent and received");
  assert.doesNotMatch(await log.innerText(), /"21"/);
  await page.locator("#tree .step", { hasText: "bytes written to A" }).click();
  assert.match(await log.innerText(), /1\) "message"\n2\) "temperature"\n3\) "21"$/);
});

test("with the keyboard alone: to a console, complete, send, and read what was pushed", async () => {
  const page = await fresh();
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")), "Command for P");
  await page.keyboard.type("publi");
  await page.keyboard.press("Tab");
  assert.equal(await page.getByLabel("Command for P").inputValue(), "PUBLISH ");
  assert.match(await page.locator("#helpline").innerText(), /^PUBLISH channel message/);
  await page.keyboard.type('rainfall "350 cc"');
  await page.keyboard.press("Enter");
  await settled(page, 8);
  for (const client of ["A", "D"]) {
    const log = await page.getByLabel(`What ${client} sent and received`).innerText();
    assert.match(log, /1\) "message"\n2\) "rainfall"\n3\) "350 cc"$/);
  }
  assert.match(await page.getByLabel("What P sent and received").innerText(), /PUBLISH rainfall "350 cc"\n\(integer\) 2$/);
  // The line before comes back, and the scenario's own lines still follow.
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.getByLabel("Command for P").inputValue(), 'PUBLISH rainfall "350 cc"');
  assert.equal((await place(page)).lines, 31);
});

test("with the keyboard alone: everything is reached by Tab, and shows that it has the focus", async () => {
  const page = await fresh();
  const reached = new Set();
  for (let at = 0; at < 80; at += 1) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate(() => {
      const { activeElement } = document;
      if (!activeElement || activeElement === document.body) return null;
      const style = getComputedStyle(activeElement);
      const shown = style.outlineStyle !== "none" || activeElement.closest(".prompt") !== null;
      return { name: activeElement.id || activeElement.getAttribute("aria-label") || activeElement.textContent, shown };
    });
    if (!here) break;
    assert.ok(here.shown, `the focus on ${here.name} cannot be seen`);
    reached.add(here.name);
  }
  for (const name of ["open", "save", "link", "copy", "projector", "theme", "help", "tab-picture", "picture", "Command for A", "Command for P", "raw", "add", "play", "scrub", "slower"]) {
    assert.ok(reached.has(name), `Tab does not come to ${name}: ${[...reached].join(", ")}`);
  }
});

test("RESP3 is a switch, raw bytes are there on demand", async () => {
  const page = await fresh();
  await page.locator("#add").click();
  const client = page.getByLabel("Client E", { exact: true });
  await client.getByRole("button", { name: "RESP2" }).click();
  await settled(page, 8);
  assert.equal(await client.getByRole("button", { name: "RESP3" }).count(), 1);
  assert.match(await client.getByRole("log").innerText(), /^HELLO 3\n1# "server" => "redis"\n/);
  await type(page, "E", "SUBSCRIBE rainfall");
  await settled(page, 9);
  await type(page, "P", "PUBLISH rainfall 1");
  await settled(page, 10);
  await page.getByLabel("raw bytes").check();
  assert.match(await client.getByRole("log").innerText(), />3\\r\\n\n\$7\\r\\n\nmessage\\r\\n/);
  assert.match(await page.getByLabel("What D sent and received").innerText(), /\*3\\r\\n\n\$7\\r\\n\nmessage\\r\\n/);
});

test("a link shows its dialogue and runs nothing before a click", async () => {
  const text = '# A link\nA: SUBSCRIBE "<img src=x onerror=alert(1)>"\nP: PUBLISH "<img src=x onerror=alert(1)>" 1\n';
  const page = await fresh({ hash: fragment(text, 2) ?? "" });
  await page.locator("#linked[open]").waitFor();
  assert.equal(await page.locator("#linked-text").textContent(), text);
  assert.equal((await place(page)).number, 0);
  assert.equal(await page.locator("#linked img").count(), 0);
  await page.locator("#linked-play").click();
  await settled(page, 2);
  assert.equal((await place(page)).lines, 2);
});

test("a link to an embedded scenario goes to the line of its file, after a click", async () => {
  const page = await fresh({ hash: "#scenario=weather&line=11" });
  await page.locator("#linked-play").click();
  await settled(page, 8);
  assert.equal(await page.locator("#picture svg title").innerHTML(), "The walk of P: PUBLISH rainfall 350cc");
});

test("a link that is refused, or leads nowhere, plays nothing", async () => {
  const page = await fresh({ hash: "#scenario=weather" });
  await page.keyboard.press("Escape");
  await page.locator("#linked").waitFor({ state: "hidden" });
  assert.equal((await place(page)).number, 0);
  const nowhere = await fresh({ hash: "#scenario=nowhere" });
  assert.match(await nowhere.locator("#trouble").innerText(), /no scenario is called "nowhere"/);
  assert.equal((await place(nowhere)).number, 0);
});

test("what was typed is saved, as a scenario that is read again", async () => {
  const page = await fresh();
  await page.locator("#open").click();
  await page.locator("#blank").click();
  await type(page, "A", "SET greeting hello");
  await settled(page, 1);
  await type(page, "A", "GET greeting");
  await settled(page, 2);
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#save").click()]);
  assert.equal(download.suggestedFilename(), "a-dialogue-of-my-own.scenario");
  const path = await download.path();
  assert.equal(readFileSync(path, "utf8"), "# A dialogue of my own\nA: SET greeting hello\nA: GET greeting\n");
  await page.locator("#open").click();
  await page.locator("#file").setInputFiles(path);
  await page.locator("#step-forward").click();
  await page.locator("#scrub").press("End");
  await settled(page, 2);
  assert.match(await page.getByLabel("What A sent and received").innerText(), /"hello"$/);
});

test("a client that reads nothing is owed more and more, and closed at its limit", async () => {
  const page = await fresh();
  await page.locator("#open").click();
  await page.locator("#find").fill("output-limit-slow");
  await page.locator("#found button").first().click();
  await page.locator("#scrub").press("ArrowRight");
  await settled(page, 1);
  await page.locator("#scrub").press("ArrowRight");
  await settled(page, 2);
  await page.locator("#tab-queues").click();
  const slider = page.getByLabel("How fast Slow reads");
  assert.equal(await slider.getAttribute("aria-valuetext"), "reads all");
  await slider.press("Home");
  await settled(page, 3);
  assert.equal(await page.getByLabel("How fast Slow reads").getAttribute("aria-valuetext"), "does not read");
  const owed = [];
  for (let at = 0; at < 3; at += 1) {
    await type(page, "P", `PUBLISH x "${at}"*400000`);
    await settled(page, 4 + at);
    owed.push(await page.getByLabel("Bytes owed to Slow").getAttribute("aria-valuenow"));
  }
  assert.deepEqual(owed, ["400035", "800070", "0"]);
  assert.match(await page.locator("#queues tr.gone").innerText(), /Slow\s+closed/);
  assert.match(await page.locator("#tree").innerText(), /Slow is closed|closed/);
});

test("the chunks of a queue are drawn with who waits for them", async () => {
  const page = await fresh();
  await page.evaluate(() => /** @type {any} */ (window).cutaway.stage.speed("C", 0));
  await settled(page, 8);
  await type(page, "P", "PUBLISH temperature 22");
  await settled(page, 9);
  await page.keyboard.press("Escape");
  await page.locator("#tab-queues").click();
  assert.match(await page.locator(".chunks").innerText(), /chunk \d+ .*\n?.*\n[^]*C[^]*0–43[^]*who waits for it\s+C/);
});

test("the turn goes from poll to reading, executing and writing, and back to poll", async () => {
  const page = await fresh();
  await page.locator("#tab-turn").click();
  const now = () => page.locator(".parts [aria-current] b").innerText();
  assert.equal(await now(), "poll");
  /** @type {string[]} */
  const seen = [];
  for (let step = 1; step <= (await place(page)).steps; step += 1) {
    await page.evaluate((to) => /** @type {any} */ (window).cutaway.stage.showStep(to), step);
    const part = await now();
    if (seen.at(-1) !== part) seen.push(part);
  }
  assert.deepEqual(seen, ["read", "execute", "before sleep", "poll"]);
});

test("names of clients, channels and messages are text, whatever they hold", async () => {
  const page = await fresh();
  await page.locator("#open").click();
  await page.locator("#blank").click();
  await type(page, "A", 'SUBSCRIBE "<img src=x onerror=document.title=1>"');
  await settled(page, 1);
  await type(page, "A", 'PUBLISH "<img src=x onerror=document.title=1>" "</div><script>document.title=2</script>"');
  await settled(page, 2);
  for (const tab of ["#tab-queues", "#tab-turn", "#tab-picture"]) await page.locator(tab).click();
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await page.title(), "A dialogue of my own · cutaway");
});

test("a line that is no line is reported, and nothing happens", async () => {
  const page = await fresh();
  await page.getByLabel("Command for P").focus();
  await page.keyboard.type('SET x "unbalanced');
  await page.keyboard.press("Enter");
  await page.locator("#trouble").filter({ hasText: "quotes" }).waitFor();
  assert.equal((await place(page)).number, 7);
});

test("a projector: type of 24 px and more, step and picture on one screen, next and previous by a clicker", async () => {
  const page = await fresh({ width: 1920, height: 1080 });
  await page.locator("#projector").click();
  for (const tab of ["#tab-queues", "#tab-turn", "#tab-picture"]) {
    await page.locator(tab).click();
    const least = await smallest(page);
    assert.ok(least.size >= 24, `${tab}: ${JSON.stringify(least)}`);
  }
  const inside = await page.evaluate(() =>
    ["#caption", "#picture", "#console-list", "#time"].map((id) => {
      const { top, bottom, left, right } = /** @type {Element} */ (document.querySelector(id)).getBoundingClientRect();
      return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth && bottom - top > 20;
    }),
  );
  assert.deepEqual(inside, [true, true, true, true]);
  await page.keyboard.press("PageDown");
  await settled(page, 8);
  assert.equal((await page.locator("#caption").innerText()).length > 0, true);
  await page.keyboard.press("PageUp");
  await settled(page, 7);
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => /** @type {any} */ (window).cutaway.stage.step === 19);
});

test("a phone: type of 12 px and more, nothing wider than the screen, the figure scrolls", async () => {
  const page = await fresh({ width: 390, height: 844 });
  for (const tab of ["#tab-queues", "#tab-turn", "#tab-picture"]) {
    await page.locator(tab).click();
    const least = await smallest(page);
    assert.ok(least.size >= 12, `${tab}: ${JSON.stringify(least)}`);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, tab);
  }
  assert.ok(await page.evaluate(() => {
    const view = /** @type {Element} */ (document.querySelector("#picture"));
    return view.scrollWidth > view.clientWidth;
  }));
});

test("nothing moves for whoever wants no motion", async () => {
  const page = await fresh();
  await page.emulateMedia({ reducedMotion: "reduce" });
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("*")].filter((each) => getComputedStyle(each).transitionDuration.split(", ").some((time) => time !== "0s")).length,
  );
  assert.equal(moving, 0);
});

const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

for (const dark of [false, true]) {
  test(`names, roles and contrast hold in ${dark ? "dark" : "light"}`, async () => {
    const page = await fresh({ dark });
    await page.evaluate(axe);
    for (const tab of ["#tab-picture", "#tab-queues", "#tab-turn"]) {
      await page.locator(tab).click();
      await page.locator("#tree .step").nth(9).click();
      const found = await page.evaluate(async () => {
        const { violations } = await /** @type {any} */ (window).axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"] });
        return violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.slice(0, 3).map((/** @type {any} */ node) => node.html.slice(0, 160)).join(" | ")}`);
      });
      assert.deepEqual(found, [], tab);
    }
  });
}

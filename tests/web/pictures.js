/**
 * Makes the pictures of the page that README and docs show: `node tests/web/pictures.js`, after web/build. They are looked at,
 * and no test compares them: letters differ from machine to machine.
 */

import { mkdirSync } from "node:fs";
import { ROOT, open, visit } from "./browser.js";

/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page @param {string} name @param {number} line */
async function scenario(page, name, line) {
  await page.locator("#open").click();
  await page.locator("#find").fill(name);
  await page.locator("#found button").first().click();
  await page.waitForFunction((to) => /** @type {any} */ (window).cutaway.stage.entries.length >= to && /** @type {any} */ (window).cutaway.stage.number === 0, line);
  await page.evaluate((to) => /** @type {any} */ (window).cutaway.stage.goTo(to), line);
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
}

/** @param {Page} page @param {RegExp} text */
async function step(page, text) {
  const rows = await page.locator("#tree .step").allInnerTexts();
  const at = rows.findIndex((row) => text.test(row));
  await page.evaluate((to) => /** @type {any} */ (window).cutaway.stage.showStep(to), at + 1);
}

const desk = { width: 1280, height: 800 };
/** @type {{ name: string, size: { width: number, height: number }, dark?: boolean, make: (page: Page) => Promise<void> }[]} */
const PICTURES = [
  { name: "weather", size: desk, make: async (page) => {
    await scenario(page, "weather", 12);
    await step(page, /\(A, \*it\*\): node visited/);
  } },
  { name: "weather-dark", size: desk, dark: true, make: async (page) => {
    await scenario(page, "weather", 7);
    await step(page, /temperature\] \(B\): node visited/);
  } },
  { name: "slow-reader", size: desk, make: async (page) => {
    await scenario(page, "output-limit-slow-reader", 5);
    await page.locator("#tab-queues").click();
  } },
  { name: "two-services", size: desk, make: (page) => scenario(page, "two-services", 9) },
  { name: "turn", size: desk, make: async (page) => {
    await step(page, /message encoded/);
    await page.locator("#tab-turn").click();
  } },
  { name: "projector", size: { width: 1920, height: 1080 }, make: async (page) => {
    await page.locator("#projector").click();
    await step(page, /temperature\] \(B\): node visited/);
    await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
  } },
  { name: "phone", size: { width: 390, height: 844 }, make: (page) => step(page, /temperature\] \(B\): node visited/) },
];

mkdirSync(`${ROOT}docs/figures`, { recursive: true });
const { context, close } = await open();
try {
  for (const { name, size, dark, make } of PICTURES) {
    const { page, errors } = await visit(context);
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: dark ? "dark" : "light", reducedMotion: "reduce" });
    await make(page);
    await page.waitForTimeout(400);
    await page.screenshot({ path: `${ROOT}docs/figures/glass-${name}.png` });
    if (errors.length) throw new Error(errors.join("\n"));
    await page.close();
  }
} finally {
  await close();
}

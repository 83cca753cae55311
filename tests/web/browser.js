/**
 * A browser for the tests: Debian's chromium without a window, in a new profile, that reaches no host but this machine.
 */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

/** The folder of the project, and the page in it that opens from a disk. */
export const ROOT = new URL("../..", import.meta.url).pathname;
export const PAGE = new URL("../../target/web/cutaway.html", import.meta.url).href;

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where the browser is; undefined: there is none. */
export const executable = process.env.CHROMIUM ?? PLACES.find((place) => existsSync(place));

/**
 * Starts a browser with one context. `close` ends it and removes its profile.
 *
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export async function open(options = {}) {
  const profile = mkdtempSync(join(tmpdir(), "cutaway-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable,
    args: FLAGS,
    headless: true,
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/**
 * The page, ready: its first picture is there. Requests to other places than the page's own, and errors, are collected.
 *
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} [address]
 */
export async function visit(context, address = PAGE) {
  const page = await context.newPage();
  /** @type {string[]} */
  const requests = [];
  /** @type {string[]} */
  const errors = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(address);
  await page.locator("body[data-ready]").waitFor({ timeout: 20_000 });
  return { page, requests, errors };
}

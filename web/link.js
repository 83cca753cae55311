/**
 * Permanent links: a dialogue, or the name of an embedded scenario, in the fragment of the address. A fragment is never sent
 * to a server. Nothing of it is run before somebody clicks (`scenarios.js`).
 *
 * ```text
 * #scenario=weather&line=11        an embedded scenario, as far as line 11 of its file
 * #dialogue=IyBBIHdhbGs…&line=9    the text of a scenario file, base64url
 * ```
 *
 * Redis has no counterpart.
 */

/** The longest dialogue that a link holds, in characters of the fragment; what is longer is for a file. */
export const LONGEST = 16_000;

/** @typedef {{ scenario?: string, dialogue?: string, line?: number }} Linked */

/**
 * The fragment for a dialogue; null: it is too long.
 *
 * @param {string} text
 * @param {number} [line]
 */
export function fragment(text, line) {
  const bytes = new TextEncoder().encode(text);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const coded = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  const made = `#dialogue=${coded}${line ? `&line=${line}` : ""}`;
  return made.length <= LONGEST ? made : null;
}

/**
 * What a fragment holds; null: nothing that this page can play.
 *
 * @param {string} hash
 * @returns {Linked | null}
 */
export function readFragment(hash) {
  if (hash.length < 2 || hash.length > LONGEST) return null;
  const asked = new URLSearchParams(hash.slice(1));
  const number = Number(asked.get("line") ?? "");
  const line = Number.isSafeInteger(number) && number > 0 ? number : undefined;
  const scenario = asked.get("scenario");
  if (scenario !== null) return /^[\w.-]{1,80}$/.test(scenario) ? { scenario, line } : null;
  const coded = asked.get("dialogue");
  if (coded === null) return null;
  try {
    const binary = atob(coded.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return { dialogue: new TextDecoder("utf-8", { fatal: true }).decode(bytes), line };
  } catch {
    return null;
  }
}

/**
 * How many lines of the dialogue stand in a file's first `line` lines: settings, the title and what follows it are none.
 *
 * @param {string} text
 * @param {number} line
 * @param {string[]} lines the dialogue
 */
export function playedBy(text, line, lines) {
  let played = 0;
  const above = text.split(/\r?\n/).slice(0, line);
  for (const each of above) {
    if (played < lines.length && each.trimEnd() === lines[played].trimEnd()) played += 1;
  }
  return played;
}

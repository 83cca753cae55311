/**
 * What can be typed next: commands by their beginning, and the arguments of the one that stands there, from the server's
 * command table (COMMAND DOCS).
 *
 * Redis: `src/redis-cli.c` (`completionCallback`, `hintsCallback`).
 */

/** @typedef {import("./session.js").Command} Command */

/** How many commands are offered at once. */
const MOST = 40;

/** The commands, to be found by name and by the beginning of it. */
export class Commands {
  /** @param {Command[]} commands */
  constructor(commands) {
    /** @type {Command[]} */
    this.sorted = [];
    /** @type {Map<string, Command>} */
    this.byName = new Map();
    this.learn(commands);
  }

  /** @param {Command[]} commands */
  learn(commands) {
    this.sorted = [...commands].sort((one, other) => (one.name < other.name ? -1 : 1));
    this.byName = new Map(this.sorted.map((command) => [command.name.toUpperCase(), command]));
  }

  /**
   * The commands that begin with what was typed; none once a whole name and a space stand there, except for subcommands.
   *
   * @param {string} typed
   * @returns {Command[]}
   */
  completions(typed) {
    const start = typed.trimStart().replace(/\s+/g, " ").toUpperCase();
    if (!start.trim()) return [];
    const found = this.sorted.filter(({ name }) => name.toUpperCase().startsWith(start));
    const isWhole = found.length === 1 && found[0].name.toUpperCase() === start.trimEnd();
    return isWhole ? [] : found.slice(0, MOST);
  }

  /**
   * The command that was typed, the longest name first, and how many words of its arguments are there.
   *
   * @param {string} typed
   * @returns {{ command: Command, words: number } | null}
   */
  typed(typed) {
    const words = typed.trim().split(/\s+/);
    for (const length of [2, 1]) {
      if (words.length < length) continue;
      const command = this.byName.get(words.slice(0, length).join(" ").toUpperCase());
      if (command) return { command, words: words.length - length };
    }
    return null;
  }
}

/**
 * The parts of a command's arguments, each with its brackets: `key value [NX | XX]` is three parts.
 *
 * @param {string} text
 */
export function parts(text) {
  const found = [];
  let depth = 0;
  let part = "";
  for (const character of text) {
    if (character === " " && depth === 0) {
      if (part) found.push(part);
      part = "";
      continue;
    }
    if (character === "[" || character === "<") depth += 1;
    if (character === "]" || character === ">") depth -= 1;
    part += character;
  }
  if (part) found.push(part);
  return found;
}

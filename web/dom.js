/**
 * Makes elements. Whatever text comes from a client is set as text, never read as markup; the one exception is the picture
 * (`picture.js`), whose markup is written by the server's own code, which escapes names.
 *
 * Redis has no counterpart.
 */

/**
 * A new element. An attribute that is false, null or undefined is left out; one that is true is set without a value; a
 * function is a listener for the event of that name.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} [attributes]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  for (const child of children) if (child || child === "") made.append(child);
  return made;
}

/**
 * The element of the page with this id, which index.html has.
 *
 * @template {typeof HTMLElement} T
 * @param {string} id
 * @param {T} [type]
 * @returns {InstanceType<T>}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof (type ?? HTMLElement))) throw new Error(`the page has no #${id} of that type`);
  return /** @type {InstanceType<T>} */ (found);
}

/**
 * Puts text into an element if it is not there already: a live region is read again at each change.
 *
 * @param {Element} into
 * @param {string} text
 */
export function say(into, text) {
  if (into.textContent !== text) into.textContent = text;
}

/**
 * A number with its noun.
 *
 * @param {number} count
 * @param {string} noun
 * @param {string} [plural]
 */
export function counted(count, noun, plural = `${noun}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? noun : plural}`;
}

/**
 * Bytes for people: exact below 10,000, then in units of 1024 as the settings count them.
 *
 * @param {number} bytes
 */
export function bytesOf(bytes) {
  if (bytes < 10_000) return `${bytes.toLocaleString("en")} B`;
  const units = ["KB", "MB", "GB", "TB"];
  let size = bytes / 1024;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size.toLocaleString("en", { maximumFractionDigits: size < 100 ? 1 : 0 })} ${units[unit]}`;
}

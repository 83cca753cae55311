/**
 * The structures as the server draws them, and the walk through them: a ring goes from node to node as the steps do, and what
 * is still to come is not drawn yet.
 *
 * The picture's markup is the server's own (`src/tools/draw/svg.rs`, which escapes every name); it is the only markup that
 * this page takes from anywhere.
 *
 * Redis has no counterpart.
 */

import { byId, element, say } from "./dom.js";

/** @typedef {import("./stage.js").Stage} Stage */

const SVG = "http://www.w3.org/2000/svg";
/** Steps that a client's console shows: the picture is not scrolled for them. */
const ASIDE = new Set(["connected", "arrived", "parsed", "dispatched", "encoded", "queued", "deferred", "replied", "written", "blocked"]);
/** What is written below a pattern that was tested, or was not. */
const VERDICT = /^(no match|skipped)$/;
/** How far the ring is from what it is around. */
const MARGIN = 7;

export class Picture {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.view = byId("picture");
    this.caption = byId("caption");
    /** @private */
    this.markup = "";
    /** @private @type {SVGRectElement | null} */
    this.halo = null;
    /** The boxes of each place. @private @type {Map<string, SVGGraphicsElement[]>} */
    this.places = new Map();
    /** Each box, its places, and what is drawn with it. @private @type {{ node: SVGGraphicsElement, places: string[], parts: Element[] }[]} */
    this.nodes = [];
    stage.addEventListener("place", () => this.draw());
  }

  draw() {
    const { event } = this.stage;
    if (!event) return;
    this.show(event.picture);
    this.walk();
    say(this.caption, this.stage.current?.text ?? this.stage.note);
  }

  /**
   * Puts a picture in the place of the one before, unless it is the same.
   *
   * @param {string} markup
   */
  show(markup) {
    if (markup === this.markup) return;
    this.markup = markup;
    const template = document.createElement("template");
    template.innerHTML = markup;
    const svg = template.content.querySelector("svg");
    if (!svg) {
      this.view.replaceChildren(element("p", { class: "nothing" }, "Nothing to draw"));
      return;
    }
    const { scrollLeft, scrollTop } = this.view;
    const old = this.halo;
    this.view.replaceChildren(svg);
    this.view.scrollTo(scrollLeft, scrollTop);
    this.halo = document.createElementNS(SVG, "rect");
    this.halo.setAttribute("class", "halo unseen");
    this.halo.setAttribute("rx", "10");
    for (const side of ["x", "y", "width", "height"]) this.halo.setAttribute(side, old?.getAttribute(side) ?? "0");
    svg.append(this.halo);
    this.places = new Map();
    this.nodes = [];
    for (const found of svg.querySelectorAll("[data-at]")) {
      const node = /** @type {SVGGraphicsElement} */ (found);
      const places = (node.getAttribute("data-at") ?? "").split(" ");
      this.nodes.push({ node, places, parts: partsOf(svg, node) });
      for (const place of places) this.places.set(place, [...(this.places.get(place) ?? []), node]);
    }
  }

  /** Shows how far the walk has come. */
  walk() {
    const { steps, step, current } = this.stage;
    const reached = new Set(steps.slice(0, step).map(({ at }) => at));
    const coming = new Set(steps.slice(step).map(({ at }) => at));
    for (const { node, places, parts } of this.nodes) {
      const isLater = places.some((place) => coming.has(place) && !reached.has(place));
      const hasBeen = this.stage.isLive && places.some((place) => reached.has(place));
      for (const part of [node, ...parts]) {
        part.classList.toggle("later", isLater);
        part.classList.toggle("been", hasBeen);
      }
    }
    const here = current?.at ? this.places.get(current.at) : undefined;
    const { halo } = this;
    if (!halo) return;
    halo.classList.toggle("unseen", !here || this.stage.isSettled);
    if (!here) return;
    halo.classList.toggle("yes", current?.matches === true || ["appended", "entered"].includes(current?.step ?? ""));
    halo.classList.toggle("gone", ["unlinked", "left", "closed"].includes(current?.step ?? ""));
    const box = union(here);
    halo.setAttribute("x", String(box.x - MARGIN));
    halo.setAttribute("y", String(box.y - MARGIN));
    halo.setAttribute("width", String(box.width + 2 * MARGIN));
    halo.setAttribute("height", String(box.height + 2 * MARGIN));
    if (!this.stage.isSettled && !ASIDE.has(current?.step ?? "")) this.follow(box);
  }

  /**
   * Scrolls as far as is needed to see a part of the picture.
   *
   * @private
   * @param {{ x: number, y: number, width: number, height: number }} box
   */
  follow(box) {
    const svg = /** @type {SVGSVGElement} */ (this.view.querySelector("svg"));
    const scale = svg.clientWidth / svg.viewBox.baseVal.width;
    const { view } = this;
    const left = svg.getBoundingClientRect().left - view.getBoundingClientRect().left + view.scrollLeft;
    view.scrollTo(
      within(view.scrollLeft, view.clientWidth, left + (box.x - 40) * scale, left + (box.x + box.width + 40) * scale),
      within(view.scrollTop, view.clientHeight, (box.y - 60) * scale, (box.y + box.height + 60) * scale),
    );
  }
}

/**
 * Where a box is, whether the picture is shown or not.
 *
 * @param {Element} rect
 */
function boxOf(rect) {
  const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name)));
  return { x, y, width, height };
}

/**
 * What is drawn with a box: its text and the words below it, the disc at its corner, the arrow that leads to it, and for a
 * client what it receives.
 *
 * @param {SVGSVGElement} svg
 * @param {SVGGraphicsElement} node
 */
function partsOf(svg, node) {
  const box = boxOf(node);
  const isClient = /(^| )client\//.test(node.getAttribute("data-at") ?? "");
  /** @type {(x: number, y: number) => boolean} */
  const isBelow = (x, y) => Math.abs(x - box.x - box.width / 2) < 2 && y > box.y + box.height && y < box.y + box.height + 26;
  /** @type {(x: number, y: number) => boolean} */
  const isInside = (x, y) => x >= box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
  /** @type {(x: number, y: number) => boolean} */
  const isBeside = (x, y) => isClient && x > box.x + box.width && y > box.y && y < box.y + box.height + 45;
  const isNew = node.classList.contains("add");
  const parts = [...svg.querySelectorAll("text, .disc, .link")].filter((each) => {
    const [x, y] = ["x", "y"].map((side) => Number(each.getAttribute(side)));
    if (each.classList.contains("disc")) {
      const disc = boxOf(each);
      const isAtCorner = Math.hypot(disc.x + disc.width / 2 - box.x, disc.y + disc.height / 2 - box.y) < 8;
      return isAtCorner || isBeside(x, disc.y + disc.height / 2);
    }
    if (each.classList.contains("ondisc")) return Math.hypot(x - box.x, y - 6 - box.y) < 8 || isBeside(x, y - 6);
    if (each.classList.contains("middle")) return isBelow(x, y) && (isNew || VERDICT.test(each.textContent ?? ""));
    if (each instanceof SVGTextElement) {
      const isReceived = each.classList.contains("hit") && isBeside(x, y);
      // What is received is not there at all before.
      if (isReceived) each.classList.add("only");
      return isReceived || isInside(x, y);
    }
    // The last point of an arrow is on the edge of the box that it leads to.
    const [endX, endY] = (each.getAttribute("points") ?? "").split(" ").at(-1)?.split(",").map(Number) ?? [];
    const isLeft = Math.abs(endX - box.x) < 3 && endY > box.y && endY < box.y + box.height;
    const isTop = Math.abs(endY - box.y) < 3 && endX > box.x && endX < box.x + box.width;
    return isLeft || isTop;
  });
  // The tips of an arrow come after it.
  for (const part of parts.filter((each) => each.classList.contains("link"))) {
    for (let tip = part.nextElementSibling; tip?.classList.contains("tip"); tip = tip.nextElementSibling) parts.push(tip);
  }
  return parts;
}

/**
 * A picture of the page as a document of its own, in the colours that it has here.
 *
 * @param {SVGSVGElement} svg
 */
export function documentOf(svg) {
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  copy.querySelector(".halo")?.remove();
  const colours = getComputedStyle(document.documentElement);
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).map((rule) => rule.cssText);
  const style = document.createElementNS(SVG, "style");
  style.textContent = rules
    .filter((rule) => rule.startsWith(".cutaway"))
    .map((rule) => rule.replace(/var\((--[\w-]+)\)/g, (_, name) => colours.getPropertyValue(name).trim()))
    .join("\n");
  copy.prepend(style);
  return new XMLSerializer().serializeToString(copy);
}

/**
 * The place to scroll to so that `from` to `to` is seen, the nearest to where it is now.
 *
 * @param {number} now
 * @param {number} size
 * @param {number} from
 * @param {number} to
 */
function within(now, size, from, to) {
  if (from < now) return from;
  return to > now + size ? Math.min(from, to - size) : now;
}

/**
 * The smallest box around some elements.
 *
 * @param {SVGGraphicsElement[]} elements
 */
function union(elements) {
  const boxes = elements.map(boxOf);
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

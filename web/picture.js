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
    /** The elements that each step is about. @private @type {Map<string, SVGGraphicsElement[]>} */
    this.places = new Map();
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
    for (const found of svg.querySelectorAll("[data-at]")) {
      for (const at of (found.getAttribute("data-at") ?? "").split(" ")) {
        const there = this.places.get(at);
        if (there) there.push(/** @type {SVGGraphicsElement} */ (found));
        else this.places.set(at, [/** @type {SVGGraphicsElement} */ (found)]);
      }
    }
  }

  /** Shows how far the walk has come. */
  walk() {
    const { steps, step, current } = this.stage;
    const reached = new Set(steps.slice(0, step).map(({ at }) => at));
    for (const [at, elements] of this.places) {
      const isLater = !reached.has(at) && steps.some((each) => each.at === at);
      for (const found of elements) {
        found.classList.toggle("later", isLater);
        found.classList.toggle("been", this.stage.isLive && reached.has(at));
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
  const boxes = elements.map((each) => each.getBBox());
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

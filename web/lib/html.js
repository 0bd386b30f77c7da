// Elements from data, without markup: text stays text, whatever is in it. Trusted Types allow no other way on these pages.

/**
 * Make an element. Properties that are functions named on… listen, objects become properties (of our own elements all that they know), true an empty attribute, false and null nothing.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...any} kids  nodes, texts, lists of them; null and false are left out
 * @returns {any}
 */
export function h(tag, props, ...kids) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props || {})) {
    if (value == null || value === false) continue
    if (typeof value === "function" && name.startsWith("on")) element.addEventListener(name.slice(2), value)
    else if (typeof value === "object" || typeof value === "function" || name === "value" || tag.includes("-") && name in element) element[name] = value
    else element.setAttribute(name, value === true ? "" : String(value))
  }
  element.append(...flat(kids))
  return element
}

/** Put these in place of all that an element holds. */
export function fill(/** @type {Element} */ element, /** @type {any[]} */ ...kids) {
  element.replaceChildren(...flat(kids))
}

/** @param {any[]} kids @returns {(Node|string)[]} */
function flat(kids) {
  return kids.flat(3).filter(kid => kid != null && kid !== false).map(kid => kid instanceof Node ? kid : String(kid))
}

const SPRITE = new URL("../icons/sprite.svg", import.meta.url).pathname
const SVG = "http://www.w3.org/2000/svg"

/** One of the icons of the sprite; it says nothing to screen readers, what stands beside it does. */
export function icon(/** @type {string} */ name, extra = "") {
  const svg = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use")
  svg.setAttribute("class", `icon ${extra}`.trim())
  svg.setAttribute("aria-hidden", "true")
  use.setAttribute("href", `${SPRITE}#${name}`)
  svg.append(use)
  return svg
}

/** Show another icon in place of one. */
export function turn(/** @type {Element} */ svg, /** @type {string} */ name) {
  svg.firstElementChild.setAttribute("href", `${SPRITE}#${name}`)
}

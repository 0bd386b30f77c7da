// Elements from data, without markup: text stays text, whatever is in it; Trusted Types allow no other way on these pages. And what elements
// of our own have in common: work begins when they are connected, and all they listen to ends when they are taken away.

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

/** Put a text in place of all that an element holds; one that was there before is kept and rewritten, which is much less work for the browser. */
export function write(/** @type {Element} */ element, /** @type {string} */ text) {
  const first = element.firstChild
  if (!(first instanceof Text) || first.nextSibling) element.textContent = text
  else if (first.data !== text) first.data = text
}

/** @param {any[]} kids @returns {(Node|string)[]} */
function flat(kids) {
  return kids.flat(3).filter(kid => kid != null && kid !== false).map(kid => kid instanceof Node ? kid : String(kid))
}

const SPRITE = new URL("../icons/sprite.svg", import.meta.url).pathname
const SVG = "http://www.w3.org/2000/svg"

/** @type {Map<string, Element>} copies of one that is there are made sooner than others */
const icons = new Map()

/** One of the icons of the sprite; it says nothing to screen readers, what stands beside it does. */
export function icon(/** @type {string} */ name, extra = "") {
  const key = `${name} ${extra}`
  if (!icons.has(key)) {
    const svg = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use")
    svg.setAttribute("class", `icon ${extra}`.trim())
    svg.setAttribute("aria-hidden", "true")
    use.setAttribute("href", `${SPRITE}#${name}`)
    svg.append(use)
    icons.set(key, svg)
  }
  return /** @type {Element} */ (icons.get(key).cloneNode(true))
}

/** Show another icon in place of one. */
export function turn(/** @type {Element} */ svg, /** @type {string} */ name) {
  const use = svg.firstElementChild, href = `${SPRITE}#${name}`
  if (use.getAttribute("href") !== href) use.setAttribute("href", href)     // browsers draw it anew even where it is the same
}

/** @type {Map<string, Promise<any>>} */
const styles = new Map()

/** Have a stylesheet of `styles/`, for a part that comes later; resolved when it is there. */
export function style(/** @type {string} */ name) {
  if (!styles.has(name)) styles.set(name, new Promise(resolve => document.head.append(
    h("link", { rel: "stylesheet", href: new URL(`../styles/${name}.css`, import.meta.url).pathname, onload: resolve, onerror: resolve }))))
  return styles.get(name)
}

export class HearthElement extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController()
    this.begin()
  }

  disconnectedCallback() {
    this.stop.abort()
    this.end()
  }

  /** To be written by each: build and listen. */
  begin() {}

  /** To be written where something else than listening must end. */
  end() {}

  /**
   * Listen until this element goes.
   * @param {EventTarget} target
   * @param {string} types  separated by spaces
   * @param {(event: any) => void} hear
   */
  listen(target, types, hear, options = {}) {
    for (const type of types.split(" ")) target.addEventListener(type, hear, { signal: this.stop.signal, ...options })
  }

  /** Say something to those above. */
  say(/** @type {string} */ type, /** @type {any} */ detail = null) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }))
  }
}

/** Be told when the page comes into sight and when it goes. */
export function whenSeen(/** @type {(seen: boolean) => any} */ look) {
  document.addEventListener("visibilitychange", () => look(document.visibilityState === "visible"))
}

/** What was chosen on this device and the server's own pages know, too: a cookie that nothing depends on. */
export function remembered(/** @type {string} */ name) {
  return document.cookie.split("; ").find(each => each.startsWith(`${name}=`))?.slice(name.length + 1) || ""
}

export function remember(/** @type {string} */ name, /** @type {string} */ value) {
  document.cookie = `${name}=${value}; Path=/; SameSite=Lax; Max-Age=${value ? 31_536_000 : 0}`
}

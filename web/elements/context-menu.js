// A menu beside what was clicked, by the browser's own popover: Escape and a click elsewhere close it, arrows go through it.
import { h, HearthElement, icon, style } from "../lib/html.js"
import { lay, lift } from "./over.js"

await style("menu")

/** @typedef {{label: string, icon: string, keys?: string, danger?: boolean, run: () => any}} Item */

/**
 * Show a menu at an element or at a point; null draws a line between items.
 * @param {import("../app.js").App} app
 * @param {any} at  an element, or {x, y}
 * @param {(Item|null)[]} items
 */
export function show(app, at, items) {
  document.querySelector("context-menu")?.remove()
  const menu = h("context-menu", { app, items, popover: "auto", role: "menu", from: document.activeElement })
  const home = at.closest?.(".view, side-bar") || document.querySelector(".view")
  home.append(menu)
  menu.showPopover()
  const { width, height } = menu.getBoundingClientRect(), box = at.getBoundingClientRect?.() || new DOMRect(at.x, at.y, 0, 0)
  const below = box.bottom + 4 + height <= innerHeight - 8
  menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`
  menu.style.top = `${Math.max(8, below ? box.bottom + 4 : Math.min(box.top - height - 4, innerHeight - height - 8))}px`
  menu.querySelector("button")?.focus()
}

class ContextMenuElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null
  /** @type {(Item|null)[]} */
  items = []
  /** @type {any} where the keyboard was */
  from = null

  begin() {
    this.append(...this.items.map(item => item ? this.item(item) : h("hr")))
    this.listen(this, "keydown", event => this.key(event))
    this.listen(this, "toggle", event => event.newState === "closed" && this.close())
    this.listen(this, "contextmenu", event => event.preventDefault())
    lay(this)
  }

  end() {
    lift(this)
  }

  item(/** @type {Item} */ item) {
    const run = () => {
      this.close()
      item.run()
    }
    return h("button", { role: "menuitem", tabindex: "-1", class: item.danger ? "danger" : "", onclick: run }, icon(item.icon), item.label, item.keys && h("kbd", {}, item.keys))
  }

  key(/** @type {KeyboardEvent} */ event) {
    const all = /** @type {HTMLElement[]} */ ([...this.querySelectorAll("button")]), at = all.indexOf(/** @type {any} */ (document.activeElement))
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key]
    if (event.key === "Tab") this.close()
    else if (to === undefined) return
    else all.at(to % all.length)?.focus()
    event.preventDefault()
    event.stopPropagation()
  }

  close() {
    const inside = this.contains(document.activeElement) || document.activeElement === document.body
    this.remove()
    if (inside) this.from?.focus?.()
  }
}

customElements.define("context-menu", ContextMenuElement)

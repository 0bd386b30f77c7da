// What can be done with what is chosen, in place of the way to it.
import { fill, h, HearthElement, icon } from "../lib/html.js"
import { legible, t } from "../lib/i18n.js"

const KEYS = { Delete: "key.delete", F2: "F2", x: "key.move", c: "key.copy", i: "I" }

class ToolBarElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null
  /** @type {import("../actions/files.js").Action[]} */
  actions = []
  /** @type {string[]} names of those that have a button */
  first = []

  begin() {
    this.listen(this.app.selection, "change", () => this.draw())
    this.draw()
  }

  draw() {
    const { entries } = this.app.selection
    this.setAttribute("role", "toolbar")
    this.setAttribute("aria-label", t("tools.label"))
    const possible = this.actions.filter(each => this.first.includes(each.name) && each.enabled(this.app, entries))
    fill(this, h("h1", { class: "unseen" }, legible(this.app.heading)),
      h("button", { class: "round", "aria-label": t("tools.clear"), onclick: () => this.app.selection.clear() }, icon("close")),
      h("div", { class: "count", "aria-live": "polite" }, h("span", { class: "desk-only" }, t("tools.count", { n: entries.length })), h("span", { class: "phone-only" }, entries.length)),
      possible.map(each => h("button", { class: `bare${each.danger ? " danger" : ""}`, "data-action": each.name, title: t(`action.${each.name}`), onclick: () => each.run(this.app, entries) }, icon(each.icon), h("span", { class: "wide-only" }, t(`action.${each.name}`)),
        h("span", { class: "unseen" }, t(`action.${each.name}`)))),
      h("button", { class: "round", "aria-label": t("tools.more"), "aria-haspopup": "menu", onclick: event => this.menu(event.currentTarget) }, icon("more")))
    for (const each of this.querySelectorAll(".wide-only")) each.setAttribute("aria-hidden", "true")
  }

  /** The menu of what can be done with what is chosen. */
  menu(/** @type {any} */ at) {
    const { app } = this, { entries } = app.selection
    const items = this.actions.filter(each => each.enabled(app, entries)).flatMap(each => {
      const item = { label: t(`action.${each.name}`), icon: each.icon, danger: each.danger, keys: each.keys && t(KEYS[each.keys] || each.keys), run: () => each.run(app, entries) }
      return each.danger ? [null, item] : [item]
    })
    app.menu(at, items[0] ? items : items.slice(1))
  }
}

customElements.define("tool-bar", ToolBarElement)

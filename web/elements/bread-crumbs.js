// The way to where one is: each step leads back, and takes what is dropped on it.
import { HearthElement } from "../lib/element.js"
import { fill, h, icon } from "../lib/html.js"
import { t } from "../lib/i18n.js"

/** @typedef {{name: string, href: string, path?: string}} Step */

class BreadCrumbsElement extends HearthElement {
  /** @type {Step[]} */
  #steps = []

  set steps(/** @type {Step[]} */ steps) {
    this.#steps = steps
    if (this.isConnected) this.draw()
  }

  begin() {
    this.setAttribute("role", "navigation")
    this.setAttribute("aria-label", t("crumbs.label"))
    this.draw()
  }

  draw() {
    const last = this.#steps.length - 1
    // Of a long way the middle is left out: the parent stays, so that one can go up.
    const shown = this.#steps.map((step, i) => ({ ...step, i })).filter(({ i }) => i === 0 || i >= last - 1 || last < 4)
    fill(this, h("ol", {}, shown.map(({ name, href, path, i }, n) => h("li", { class: i < last - 1 ? "wide-only" : i < last ? "above" : "" },
      n > 0 && icon("next", "wide-only"), n > 0 && shown[n - 1].i < i - 1 && h("span", { class: "muted wide-only", "aria-hidden": "true" }, "… /"),
      i === last ? h("h1", {}, h("bdi", {}, name)) : this.step(name, href, path, i === last - 1)))))
  }

  step(/** @type {string} */ name, /** @type {string} */ href, /** @type {string|undefined} */ path, /** @type {boolean} */ parent) {
    const over = on => event => {
      if (path === undefined || !event.dataTransfer.types.includes("application/x-hearth")) return
      event.preventDefault()
      event.currentTarget.classList.toggle("over", on)
    }
    const drop = event => {
      over(false)(event)
      this.say("drop-on", { path })
    }
    const link = h("a", { href, class: parent ? "wide-only" : "", ondragover: over(true), ondragleave: over(false), ondrop: drop }, h("bdi", {}, name))
    return parent ? [link, h("a", { href, class: "phone-only", "aria-label": t("crumbs.up", { name }) }, icon("back"))] : link
  }
}

customElements.define("bread-crumbs", BreadCrumbsElement)

// Administration: a part for each thing that somebody must look after, each loaded when it is first opened.
import { fill, h, HearthElement, icon, style } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import { isAdministrator } from "../api/admin.js"

await style("views")
await style("admin")

/** Each is a module of admin/ whose `draw(app, again)` answers what it shows; `again` draws it anew. */
const PARTS = ["overview", "people", "groups", "spaces", "links", "safety", "uploads", "alarms", "certificate", "backups", "trail"]

class AdminViewElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null

  begin() {
    const part = location.pathname.split("/")[2] || "overview"
    this.name = PARTS.includes(part) ? part : "overview"
    this.app.title(t("admin.title"))
    this.inner = h("div", { class: "part", tabindex: "-1" })
    const link = (/** @type {string} */ name) => h("li", {}, h("a", { href: name === "overview" ? "/admin" : `/admin/${name}`, "aria-current": name === this.name && "page" }, t(`admin.part-${name}`)))
    fill(this, h("div", { class: "head" }, h("h1", {}, t("admin.title"))), h("nav", { "aria-label": t("admin.title") }, h("ul", {}, PARTS.map(link))), this.inner)
    this.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" })
    this.draw()
  }

  async draw() {
    this.inner.setAttribute("aria-busy", "true")
    try {
      if (await isAdministrator()) {
        const { draw } = await this.app.load(`views/admin/${this.name}`)
        this.put(await draw(this.app, () => this.draw()))
      } else {
        this.querySelector("nav").hidden = true
        this.tell(t("admin.not-you"), h("a", { class: "button", href: "/files" }, t("to-files")))
      }
    } catch (error) {
      this.tell(this.app.why(error))
    }
    this.inner.removeAttribute("aria-busy")
  }

  /** Show this; the focus stays at what has the same name, or goes to where it was. */
  put(/** @type {any[]} */ parts) {
    const held = this.inner.contains(document.activeElement), had = label(document.activeElement)
    fill(this.inner, parts)
    if (held) ([...this.inner.querySelectorAll("button, a, input, select")].find(each => label(each) === had) || this.inner).focus()
  }

  tell(/** @type {string} */ text, way = h("button", { onclick: () => this.draw() }, t("again"))) {
    fill(this.inner, h("div", { class: "calm", role: "alert" }, icon("warn"), h("p", {}, text), way))
  }
}

function label(/** @type {Element} */ element) {
  return element.getAttribute("aria-label") || element.textContent
}

customElements.define("admin-view", AdminViewElement)

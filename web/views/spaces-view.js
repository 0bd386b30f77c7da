// The spaces that several people have together, and a new one for who may make it.
import { makeDrive } from "../api/change.js"
import { fill, h, HearthElement, icon, style } from "../lib/html.js"
import { legible, size, t, when } from "../lib/i18n.js"
import { files } from "../router.js"

await style("views")

class SpacesViewElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null

  begin() {
    this.app.title(t("nav.spaces"))
    this.cards = h("ul", { class: "cards" })
    this.none = h("div", { class: "calm" }, icon("space"), h("h2", {}, t("empty.spaces")), h("p", { class: "muted" }, t("empty.spaces-hint")))
    fill(this, h("div", { class: "head" }, h("h1", {}, t("nav.spaces")), h("button", { class: "primary", onclick: () => this.make() }, icon("plus"), t("spaces.new"))), h("div", { class: "scroll" }, this.cards, this.none))
    this.listen(this.app.drives, "change", () => this.draw())
    this.draw()
  }

  draw() {
    const { projects } = this.app.drives
    this.none.hidden = projects.length > 0
    fill(this.cards, projects.map(each => h("li", {}, h("a", { href: files(each) }, icon("space"), h("strong", {}, h("bdi", {}, legible(each.name))), each.description && h("span", {}, each.description),
      h("small", {}, [each.quota && size(each.quota.used), when(Date.parse(/** @type {any} */ (each).lastModifiedDateTime))].filter(Boolean).join(" · "))),
      h("button", { class: "round", "aria-label": t("spaces.members", { name: each.name }), title: t("spaces.members", { name: each.name }), onclick: () => this.app.dialog("share-dialog", { entry: { id: each.id, name: each.name, folder: true } }) }, icon("people")))))
  }

  async make() {
    const name = await this.app.dialog("name-dialog", { title: t("spaces.new"), label: t("spaces.name"), action: t("new-folder.do"), folder: true, save: (/** @type {string} */ name) => makeDrive(name) })
    if (name) await this.app.drives.load()
  }
}

customElements.define("spaces-view", SpacesViewElement)

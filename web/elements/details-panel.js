// What is known of the one thing that is chosen, or of the folder: kind, size, time, with whom it is shared, older contents.
import * as dav from "../api/dav.js"
import { save } from "../actions/download.js"
import { HearthElement } from "../lib/element.js"
import { exactly, kind, size } from "../lib/format.js"
import { fill, h, icon } from "../lib/html.js"
import { t } from "../lib/i18n.js"

class DetailsPanelElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null
  /** @type {any} */
  #entry = null

  begin() {
    this.setAttribute("role", "complementary")
    this.setAttribute("aria-label", t("action.details"))
    this.listen(this.app.selection, "change", () => this.draw())
    this.listen(this.app.folder, "change", () => this.draw())
    this.draw()
  }

  draw() {
    if (this.hidden) { this.#entry = null; return }
    const { entries } = this.app.selection, { folder } = this.app
    const entry = entries.length === 1 ? entries[0] : entries.length ? null : folder.self
    if (entry && entry === this.#entry) return
    this.#entry = entry
    const close = h("button", { class: "round", "aria-label": t("close"), onclick: () => /** @type {any} */ (this.closest(".view")).toggle(false) }, icon("close"))
    if (!entry) return fill(this, h("div", { class: "top" }, h("h2", {}, entries.length ? t("tools.count", { n: entries.length }) : ""), close), entries.length > 0 && h("p", { class: "muted" }, size(entries.reduce((sum, each) => sum + each.size, 0))))
    const what = kind(entry), picture = icon(what, "kind")
    picture.setAttribute("data-kind", what)
    this.versions = h("section")
    const facts = [[t("details.kind"), t(`kind.${what}`)], [t("column.size"), size(entry.size)], [t("column.modified"), exactly(entry.modified)],
      [t("details.shared"), entry.shared?.length ? t(entry.shared.includes("3") ? "badge.link" : "badge.shared") : t("details.private")]]
    fill(this, h("div", { class: "top" }, picture, h("h2", {}, h("bdi", {}, entry.name || this.app.drive?.name || "")), close),
      h("dl", {}, facts.filter(each => each[1]).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      entry.can?.includes("R") && entry.path && h("button", { onclick: () => this.share(entry) }, icon("share"), t("action.share")), this.versions)
    if (!entry.folder) this.history(entry)
    return undefined
  }

  async share(/** @type {any} */ entry) {
    await this.app.dialog("share-dialog", { entry })
    this.app.folder.refresh()
  }

  /** Older contents; who may not see them is shown nothing. */
  async history(/** @type {any} */ entry) {
    const found = await dav.versions(entry.id).catch(() => [])
    if (entry !== this.#entry) return
    const may = entry.can.includes("W")
    fill(this.versions, h("h3", {}, t("versions.title")), !found.length && h("p", { class: "muted" }, t("versions.none")), h("ul", { class: "lines" }, found.map(each => h("li", {},
      h("div", { class: "grow" }, h("div", {}, exactly(each.modified)), h("small", {}, size(each.size))),
      h("button", { class: "round", "aria-label": t("versions.download", { when: exactly(each.modified) }), title: t("action.download"), onclick: () => this.download(entry, each) }, icon("download")),
      may && h("button", { class: "round", "aria-label": t("versions.restore", { when: exactly(each.modified) }), title: t("action.restore"), onclick: () => this.restore(entry, each) }, icon("restore"))))))
  }

  download(/** @type {any} */ entry, /** @type {any} */ version) {
    return this.app.try(async () => {
      const address = URL.createObjectURL(await dav.content(dav.versionAddress(entry.id, version.key)))
      save(address, entry.name)
      setTimeout(() => URL.revokeObjectURL(address), 60_000)
    })
  }

  restore(/** @type {any} */ entry, /** @type {any} */ version) {
    return this.app.try(async () => {
      await dav.restoreVersion(entry.id, version.key)
      await this.app.folder.refresh()
      this.app.say(t("versions.restored"))
    })
  }
}

customElements.define("details-panel", DetailsPanelElement)

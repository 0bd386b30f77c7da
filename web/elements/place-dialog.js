// Where to: goes through spaces and folders, makes a new one where that is wanted, and answers {drive, path}.
import { makeFolder } from "../api/change.js"
import * as dav from "../api/dav.js"
import { fill, h, icon } from "../lib/html.js"
import { legible, t } from "../lib/i18n.js"
import { HearthDialog } from "./hearth-dialog.js"

class PlaceDialogElement extends HearthDialog {
  width = "wide"
  method = "MOVE"
  /** @type {import("../api/dav.js").Entry[]} */
  entries = []
  /** @type {import("../api/dav.js").Drive|null} */
  drive = null
  path = ""

  begin() {
    this.way = h("div", { class: "way" })
    this.list = h("ul", { class: "lines pick", "aria-label": t("place.folders") })
    this.ok = h("button", { class: "primary", onclick: () => this.close({ drive: this.drive.id, path: this.path }) }, t(`place.${this.method}`))
    this.fresh = h("button", { onclick: () => this.make() }, icon("new-folder"), t("action.new-folder"))
    this.show(t(`place.title-${this.method}`, { n: this.entries.length, name: this.entries[0].name }), h("div", { class: "inside" }, this.way, this.list),
      h("footer", {}, this.fresh, h("button", { onclick: () => this.close() }, t("cancel")), this.ok))
    this.drive = this.app.drive
    this.go(this.app.drive, this.app.place.path || "")
  }

  async go(/** @type {any} */ drive, path = "") {
    Object.assign(this, { drive, path })
    this.ok.disabled = this.fresh.disabled = true
    if (!drive) return this.drives()
    const names = path ? path.split("/") : [], step = (name, run, here) => here ? h("strong", {}, h("bdi", {}, legible(name))) : h("button", { class: "bare", onclick: run }, h("bdi", {}, legible(name)))
    fill(this.way, step(t("place.all"), () => this.go(null)), icon("next"), step(title(drive), () => this.go(drive), !names.length),
      names.map((name, i) => [icon("next"), step(name, () => this.go(drive, names.slice(0, i + 1).join("/")), i === names.length - 1)]))
    let found
    try {
      found = await dav.list(drive.id, path)
    } catch (error) {
      return fill(this.list, h("li", { class: "wrong" }, this.app.why(error)))
    }
    if (this.drive !== drive || this.path !== path) return undefined
    const moved = new Set(this.entries.map(each => each.id)), folders = found.entries.filter(each => each.folder).sort((a, b) => a.name.localeCompare(b.name))
    const same = this.method === "MOVE" && this.entries.every(each => each.drive === drive.id && each.path === (path ? `${path}/${each.name}` : each.name))
    this.fresh.disabled = !found.self.can.includes("C")
    this.ok.disabled = same || this.fresh.disabled
    return fill(this.list, !folders.length && h("li", { class: "muted" }, t("place.none")), folders.map(each => h("li", {}, h("button", { class: "bare", disabled: moved.has(each.id), onclick: () => this.go(drive, each.path) }, coloured(), h("bdi", {}, legible(each.name))))))
  }

  /** A new folder here, and into it. */
  async make() {
    const { drive, path } = this, within = (/** @type {string} */ name) => path ? `${path}/${name}` : name
    const name = await this.app.dialog("name-dialog", { title: t("action.new-folder"), label: t("new-folder.label"), action: t("new-folder.do"), folder: true, save: (/** @type {string} */ name) => makeFolder(drive.id, within(name)) })
    if (name) await this.go(drive, within(name))
    if (name) this.ok.focus()
  }

  drives() {
    const { personal, projects, shares } = this.app.drives
    fill(this.way, h("strong", {}, t("place.all")))
    fill(this.list, [personal, ...projects, shares].filter(Boolean).map(each => h("li", {}, h("button", { class: "bare", onclick: () => this.go(each) }, icon({ personal: "home", project: "space" }[each.driveType] || "people"), h("bdi", {}, legible(title(each)))))))
  }
}

function title(/** @type {import("../api/dav.js").Drive} */ drive) {
  return drive.driveType === "personal" ? t("nav.mine") : drive.driveType === "virtual" ? t("nav.shared") : drive.name
}

function coloured() {
  const made = icon("folder", "kind")
  made.setAttribute("data-kind", "folder")
  return made
}

customElements.define("place-dialog", PlaceDialogElement)

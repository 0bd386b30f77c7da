// The files of a folder: the way to it, the list, and what can be done.
import * as dav from "../api/dav.js"
import { Failure } from "../api/http.js"
import { FILES, newFolder, upload } from "../actions/files.js"
import { put } from "../actions/place.js"
import { dropped } from "../lib/drops.js"
import { HearthElement } from "../lib/element.js"
import { fill, h, icon } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import { files } from "../router.js"
import { show as showMenu } from "../elements/context-menu.js"
import { menu } from "../elements/tool-bar.js"
import "../elements/bread-crumbs.js"
import "../elements/details-panel.js"
import "../elements/file-list.js"

class FilesViewElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null

  begin() {
    const { app } = this
    this.crumbs = h("bread-crumbs")
    this.tools = h("tool-bar", { app, actions: FILES, first: ["download", "share", "move", "remove"], hidden: true })
    this.fresh = h("button", { class: "primary desk-only", "aria-haspopup": "menu", onclick: event => this.new(event.currentTarget) }, icon("plus"), t("new"))
    this.info = h("button", { class: "round desk-only", "aria-label": t("action.details"), "aria-pressed": String(app.details), title: t("action.details"), onclick: () => this.toggle() }, icon("info"))
    this.form = h("button", { class: "round", onclick: () => this.turn() })
    this.add = h("button", { class: "fab primary", "aria-label": t("new"), "aria-haspopup": "menu", onclick: event => this.new(event.currentTarget) }, icon("plus"))
    this.list = h("file-list", { app, href: entry => entry.folder ? files(app.drive, entry.path) : null, empty: () => this.empty() })
    this.over = h("div", { class: "drop-here", hidden: true }, icon("upload"), t("drop.here"))
    this.panel = h("details-panel", { app, hidden: !app.details })
    this.picker = h("input", { type: "file", multiple: true, hidden: true, "aria-label": t("action.upload"), onchange: () => this.picked(this.picker) })
    this.folders = h("input", { type: "file", multiple: true, webkitdirectory: true, hidden: true, "aria-label": t("action.upload-folder"), onchange: () => this.picked(this.folders) })
    fill(this, h("div", { class: "head" }, h("div", {}, this.crumbs, this.tools), this.form, this.info, this.fresh), h("section", { class: "body" }, this.list, this.over, this.add), this.panel, this.picker, this.folders)
    this.listen(app.selection, "change", () => this.chosen())
    this.listen(app.folder, "change", () => this.changed())
    this.listen(app.uploads, "idle", () => app.refresh())
    this.listen(this, "open-entry", ({ detail }) => this.open(detail.entry))
    this.listen(this, "menu", ({ detail }) => menu(app, FILES, detail.at))
    this.listen(this, "drop-on", ({ detail }) => put(app, "MOVE", app.selection.entries, app.drive.id, detail.path))
    this.listen(this, "drop-files", ({ detail }) => this.drop(detail.transfer, detail.path))
    this.listen(this, "dragover dragleave drop", event => this.drag(event))
    this.listen(document, "keydown", event => this.key(event))
    this.listen(document, "paste", event => this.paste(event))
    this.mark()
    this.look()
  }

  /** Rows or tiles. */
  turn() {
    this.app.tiles = !this.app.tiles
    localStorage.setItem("tiles", this.app.tiles ? "yes" : "no")
    this.mark()
    this.list.draw()
  }

  mark() {
    const text = t(this.app.tiles ? "list.rows" : "list.tiles")
    this.form.title = text
    this.form.setAttribute("aria-label", text)
    fill(this.form, icon(this.app.tiles ? "rows" : "tiles"))
  }

  /** Show the folder that the address names. */
  look() {
    const { app } = this, { drive } = app, path = app.place.path || ""
    this.path = path
    app.selection.clear()
    app.selection.at = -1
    if (!drive) {
      this.crumbs.steps = [{ name: t("list.gone"), href: "/" }]
      return app.folder.open(async () => { throw new Failure(404) })
    }
    const names = path ? path.split("/") : [], own = drive.driveType === "personal" ? t("nav.mine") : drive.driveType === "virtual" ? t("nav.shared") : drive.name
    this.crumbs.steps = [{ name: own, href: files(drive), path: "" }, ...names.map((name, i) => ({ name, path: names.slice(0, i + 1).join("/"), href: files(drive, names.slice(0, i + 1).join("/")) }))]
    app.title(names.at(-1) || own)
    return app.folder.open(signal => dav.list(drive.id, path, signal), app.folder.sort.by === "deleted" ? undefined : app.folder.sort)
  }

  open(/** @type {import("../api/dav.js").Entry} */ entry) {
    if (entry.folder) this.app.go(files(this.app.drive, entry.path))
    else this.app.dialog("view-dialog", { entry })
  }

  changed() {
    const may = Boolean(this.app.folder.self?.can?.includes("C"))
    this.fresh.disabled = !may
    this.add.hidden = !may
    this.chosen()
  }

  chosen() {
    const some = this.app.selection.ids.size > 0 && this.app.selection.entries.length > 0
    this.tools.hidden = !some
    this.crumbs.hidden = some
  }

  toggle(on = !this.app.details) {
    this.app.details = on
    this.panel.hidden = !on
    this.info.setAttribute("aria-pressed", String(on))
    this.panel.draw()
  }

  empty() {
    if (!this.app.folder.self?.can?.includes("C")) return [icon("folder"), h("h2", {}, t("empty.folder"))]
    return [icon("upload"), h("h2", {}, t("empty.folder")), h("p", { class: "muted" }, t("empty.hint")), h("button", { onclick: () => this.picker.click() }, icon("upload"), t("action.upload"))]
  }

  new(/** @type {any} */ at) {
    showMenu(at, [
      { label: t("action.new-folder"), icon: "new-folder", run: () => newFolder(this.app) }, null,
      { label: t("action.upload"), icon: "upload", run: () => this.picker.click() },
      { label: t("action.upload-folder"), icon: "folder", run: () => this.folders.click() },
    ])
  }

  picked(/** @type {HTMLInputElement} */ input) {
    const chosen = [...input.files].map(file => ({ file, path: file.webkitRelativePath.split("/").slice(0, -1).join("/") }))
    input.value = ""
    if (chosen.length) upload(this.app, chosen, this.app.drive.id, this.path)
  }

  async drop(/** @type {DataTransfer} */ transfer, /** @type {string} */ path) {
    const { files: found, folders } = await dropped(transfer)
    upload(this.app, found, this.app.drive.id, path, folders)
  }

  drag(/** @type {DragEvent} */ event) {
    const fits = event.dataTransfer.types.includes("Files") && this.app.folder.self?.can?.includes("C")
    if (event.type !== "dragleave" && event.dataTransfer.types.includes("Files")) event.preventDefault()
    this.over.hidden = event.type !== "dragover" || !fits || Boolean(this.list.querySelector(".over"))
    if (event.type === "drop" && fits) this.drop(event.dataTransfer, this.path)
  }

  paste(/** @type {ClipboardEvent} */ event) {
    const pasted = [...event.clipboardData?.files || []]
    if (!pasted.length || document.querySelector("dialog[open]")) return
    upload(this.app, pasted.map(file => ({ file, path: "" })), this.app.drive.id, this.path)
  }

  /** Keys of the actions; letters only in the list, so that nothing happens while somebody types. */
  key(/** @type {KeyboardEvent} */ event) {
    const typing = event.target instanceof Element && event.target.matches("input, textarea, select, dialog *, context-menu *")
    if (typing || event.altKey || event.shiftKey) return
    const command = event.ctrlKey || event.metaKey, { entries } = this.app.selection
    const action = FILES.find(each => each.keys === event.key && (event.key.length > 1 ? !command : command))
    if (!action || !entries.length || !action.enabled(this.app, entries)) return
    event.preventDefault()
    action.run(this.app, entries)
  }
}

customElements.define("files-view", FilesViewElement)

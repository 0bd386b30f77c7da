// The files of a folder: the way to it, the list, and what can be done.
import { fill, h, HearthElement, icon } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import { files } from "../router.js"
import "../elements/file-list.js"

class FilesViewElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null
  /** @type {import("../api/dav.js").Drive|null} in which the folder lies that is shown: the address may mean another place by now */
  drive = null
  path = ""

  begin() {
    const { app } = this
    this.crumbs = h("bread-crumbs")
    this.look()
    /** @type {any} what can be done, and the bar for it: loaded with the first choice */
    this.deeds = this.tools = null
    this.fresh = h("button", { class: "primary desk-only", "aria-haspopup": "menu", onclick: event => this.new(event.currentTarget) }, icon("plus"), t("new"))
    this.info = h("button", { class: "round desk-only", "aria-label": t("action.details"), "aria-pressed": String(app.details), title: t("action.details"), onclick: () => this.toggle() }, icon("info"))
    this.seek = h("button", { class: "round desk-only", "aria-label": t("search.here"), title: t("search.here"), onclick: () => this.search() }, icon("search"))
    this.form = h("button", { class: "round", onclick: () => this.turn() })
    this.add = h("button", { class: "fab primary", "aria-label": t("new"), "aria-haspopup": "menu", onclick: event => this.new(event.currentTarget) }, icon("plus"))
    this.list = h("file-list", { app, href: entry => entry.folder ? files(this.drive, entry.path) : null, empty: () => this.empty() })
    this.over = h("div", { class: "drop-here", hidden: true }, icon("upload"), t("drop.here"))
    this.picker = h("input", { type: "file", multiple: true, hidden: true, "aria-label": t("action.upload"), onchange: () => this.picked(this.picker) })
    this.folders = h("input", { type: "file", multiple: true, webkitdirectory: true, hidden: true, "aria-label": t("action.upload-folder"), onchange: () => this.picked(this.folders) })
    fill(this, h("div", { class: "head" }, h("div", {}, this.crumbs), this.seek, this.form, this.info, this.fresh), h("section", { class: "body" }, this.list, this.over, this.add), this.picker, this.folders)
    this.listen(app.selection, "change", () => this.chosen())
    this.listen(app.folder, "change", () => this.changed())
    this.listen(this, "open-entry", ({ detail }) => this.open(detail.entry))
    this.listen(this, "menu", ({ detail }) => this.ready().then(() => this.tools.menu(detail.at)))
    this.listen(this, "hold-entry", async ({ detail: { entry } }) => { entry.address ||= await (await app.load("api/content")).downloadAddress(entry).catch(() => "") })
    this.listen(this, "drop-on", async ({ detail }) => (await this.ready()).put(app, "MOVE", app.selection.entries, this.drive.id, detail.path))
    this.listen(this, "drop-files", ({ detail }) => this.drop(detail.transfer, detail.path))
    this.listen(this, "dragover dragleave drop", event => this.drag(event))
    this.listen(document, "keydown", event => this.key(event))
    this.listen(document, "paste", event => this.paste(event))
    this.mark()
    if (app.details) this.toggle(true)
  }

  /** Search from here down. */
  search() {
    const { id, name } = this.app.folder.self || {}
    this.app.go("/search" + (id ? "?" + new URLSearchParams({ in: id, name: name || this.app.heading }) : ""))
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

  /** Name the folder that is shown. */
  look() {
    const { app } = this, { drive } = app, path = app.place.path || ""
    Object.assign(this, { drive, path })
    if (!drive) {
      this.crumbs.steps = [{ name: t("list.gone"), href: "/" }]
      return
    }
    const names = path ? path.split("/") : [], own = drive.driveType === "personal" ? t("nav.mine") : drive.driveType === "virtual" ? t("nav.shared") : drive.name
    this.crumbs.steps = [{ name: own, href: files(drive), path: "" }, ...names.map((name, i) => ({ name, path: names.slice(0, i + 1).join("/"), href: files(drive, names.slice(0, i + 1).join("/")) }))]
    app.title(names.at(-1) || own)
  }

  open(/** @type {import("../api/dav.js").Entry} */ entry) {
    if (entry.folder) this.app.go(files(this.drive, entry.path))
    else this.app.dialog("view-dialog", { entry })
  }

  changed() {
    const wanted = this.app.wanted ? this.app.folder.entries.findIndex(each => each.id === this.app.wanted) : -1
    if (wanted >= 0) {                              // what "Show in its folder" led to
      this.app.wanted = ""
      this.app.selection.only(wanted)
      this.list.reveal(wanted)
    }
    const may = Boolean(this.app.folder.self?.can?.includes("C"))
    this.fresh.disabled = !may
    this.add.hidden = !may
    this.chosen()
  }

  /** What can be done with files, and the bar that offers it. */
  async ready() {
    const [deeds] = await Promise.all([this.app.load("actions/files"), this.app.load("elements/tool-bar")])
    if (!this.deeds) {
      this.deeds = deeds
      this.tools = h("tool-bar", { app: this.app, actions: deeds.FILES, first: ["download", "share", "move", "remove"], hidden: true })
      this.crumbs.after(this.tools)
    }
    return deeds
  }

  async chosen() {
    const some = () => this.app.selection.entries.length > 0
    if (some()) await this.ready()
    if (this.tools) this.tools.hidden = !some()
    this.crumbs.hidden = some()
  }

  async toggle(on = !this.app.details) {
    this.app.details = on
    this.info.setAttribute("aria-pressed", String(on))
    if (on) await this.app.load("elements/details-panel")
    if (on && !this.panel) this.picker.before(this.panel = h("details-panel", { app: this.app }))
    if (!this.panel) return
    this.panel.hidden = !this.app.details
    this.panel.draw()
  }

  empty() {
    if (!this.app.folder.self?.can?.includes("C")) return [icon("folder"), h("h2", {}, t("empty.folder"))]
    return [icon("upload"), h("h2", {}, t("empty.folder")), h("p", { class: "muted by-mouse" }, t("empty.hint")), h("button", { onclick: () => this.picker.click() }, icon("upload"), t("action.upload"))]
  }

  new(/** @type {any} */ at) {
    this.app.menu(at, [
      { label: t("action.new-folder"), icon: "new-folder", run: async () => (await this.ready()).newFolder(this.app) },
      { label: t("action.new-text"), icon: "text", run: async () => (await this.ready()).newText(this.app) }, null,
      { label: t("action.upload"), icon: "upload", run: () => this.picker.click() },
      { label: t("action.upload-folder"), icon: "folder", run: () => this.folders.click() },
    ])
  }

  picked(/** @type {HTMLInputElement} */ input) {
    const chosen = [...input.files].map(file => ({ file, path: file.webkitRelativePath.split("/").slice(0, -1).join("/") }))
    input.value = ""
    if (chosen.length) this.upload(chosen)
  }

  async upload(/** @type {{file: File, path: string}[]} */ chosen, path = this.path, drive = this.drive.id) {
    (await this.app.load("actions/upload")).upload(this.app, chosen, drive, path)
  }

  async drop(/** @type {DataTransfer} */ transfer, /** @type {string} */ path) {
    const drive = this.drive.id, entries = [...transfer.items].map(item => item.kind === "file" ? item.webkitGetAsEntry?.() : null).filter(Boolean), plain = [...transfer.files]
    const { drop } = await this.app.load("actions/upload")          // the browser forgets what was dropped as soon as one waits
    drop(this.app, entries, plain, drive, path)
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
    // A picture out of the clipboard is always called image.png: the time tells them apart.
    const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".")
    this.upload(pasted.map(file => ({ file: file.name === "image.png" ? new File([file], `${t("paste.name", { when: now })}.png`, { type: file.type, lastModified: file.lastModified }) : file, path: "" })))
  }

  /** Keys of the actions; letters only in the list, so that nothing happens while somebody types. */
  key(/** @type {KeyboardEvent} */ event) {
    const typing = event.target instanceof Element && event.target.matches("input, textarea, select, dialog *, context-menu *")
    if (typing || event.altKey || event.shiftKey) return
    if (event.key === "/") { event.preventDefault(); this.search() }
    const { entries } = this.app.selection
    if (!entries.length) return
    if (!this.deeds) { this.ready().then(() => this.key(event)); return }
    const action = this.deeds.byKey(event)
    if (!action?.enabled(this.app, entries)) return
    event.preventDefault()
    action.run(this.app, entries)
  }
}

customElements.define("files-view", FilesViewElement)

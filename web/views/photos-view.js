// All photos and films by when they were taken, the newest first, wherever they lie; further ones are asked for while one scrolls. What is chosen among
// them is chosen as in any list, and what can be done with files can be done with it.
import { byKey, FILES } from "../actions/files.js"
import { lies } from "../actions/find.js"
import { search } from "../api/search.js"
import { fill, h, HearthElement, icon, style } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import "../elements/photo-grid.js"
import "../elements/tool-bar.js"

await style("photos")

const PATTERN = 'mediatype:("image" OR "video")', PAGE = 200
const LATER = 3_000                                 // milliseconds after which search knows of everything that was done until now

class PhotosViewElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null
  left = 0                                          // how many are not loaded yet
  further = false
  fresh = false                                     // what is told next was read just now
  again = false
  /** @type {AbortSignal|null} of what is being read */
  reading = null

  begin() {
    const { app } = this
    app.title(t("nav.photos"))
    this.heading = h("h1", {}, t("nav.photos"))
    this.count = h("small", { role: "status" })
    this.tools = h("tool-bar", { app, actions: FILES, first: ["download", "share", "move", "remove"], hidden: true })
    this.grid = h("photo-grid", { app })
    this.none = h("div", { class: "empty", hidden: true })
    fill(this, h("div", { class: "head" }, h("div", {}, this.heading, this.tools), this.count), h("section", { class: "body photos" }, this.grid, this.none))
    this.listen(app.folder, "change", () => this.told())
    this.listen(app.selection, "change", () => this.chosen())
    this.listen(this, "open-entry", ({ detail }) => this.open(detail.entry))
    this.listen(this, "menu", ({ detail }) => this.tools.menu(detail.at))
    this.listen(this, "further", () => this.more())
    this.listen(document, "keydown", event => this.key(event))
    app.selection.clear()
    app.folder.open(signal => this.read(signal), { by: "as-found", down: false })
  }

  end() {
    clearTimeout(this.later)
  }

  /** The next page, when its place is nearly in sight. */
  more() {
    if (this.reading || !this.left) return
    this.further = true
    this.app.folder.refresh()
  }

  /** What there is as far as it was loaded, or one page more of it. */
  async read(/** @type {AbortSignal} */ signal) {
    const before = this.app.folder.entries, { further } = this, found = further ? [...before] : [], known = new Set(found.map(each => each.id)), enough = before.length + Number(further)
    this.further = false
    this.reading = signal
    try {
      for (let offset = found.length, on = true; on;) {
        const { entries, total } = await search(PATTERN, { limit: PAGE, offset, sort: "taken" }, signal)
        for (const each of entries) if (!known.has(each.id)) { known.add(each.id); found.push({ ...each, in: lies(this.app, each) }) }
        offset += PAGE                              // not by what came: of what is gone since, search learns a moment later
        this.left = Math.max(0, total - offset)
        on = this.left > 0 && found.length < enough
      }
    } catch (error) {
      if (signal.aborted || !before.length) throw error
      return { entries: before }                    // what was seen stays while the server is away
    } finally {
      if (this.reading === signal) this.reading = null
    }
    clearTimeout(this.later)
    this.fresh = true
    if (!further && !this.again && this.app.folder.state !== "loading") this.later = setTimeout(() => this.look(), LATER)
    return { entries: found }
  }

  /** Look once more, for what search did not know yet. */
  async look() {
    this.again = true
    await this.app.folder.refresh()
    this.again = false
  }

  told() {
    const { entries, state, error } = this.app.folder
    if (!this.fresh) clearTimeout(this.later)       // by what is being done just now; the list is read again after it
    this.fresh = false
    this.count.textContent = entries.length ? t("photos.count", { n: entries.length + this.left }) : ""
    this.none.hidden = state === "loading" || entries.length > 0
    if (state === "error") fill(this.none, icon("warn"), h("h2", {}, t("list.failed")), h("p", { class: "muted" }, this.app.why(error)), h("button", { onclick: () => this.app.folder.refresh() }, icon("again"), t("again")))
    else if (!this.none.hidden) fill(this.none, icon("image"), h("h2", {}, t("photos.none")), h("p", { class: "muted" }, t("photos.none-hint")))
    if (state === "ready") this.grid.near()
  }

  chosen() {
    const some = this.app.selection.entries.length > 0
    this.tools.hidden = !some
    this.heading.hidden = this.count.hidden = some
    if (!some && this.panel) this.panel.hidden = true
  }

  /** The details of what is chosen; they go with the choice. */
  async toggle(/** @type {boolean} */ on) {
    if (on) await this.app.load("elements/details-panel")
    if (on && !this.panel) this.append(this.panel = h("details-panel", { app: this.app }))
    if (this.panel) Object.assign(this.panel, { hidden: !on }).draw()
  }

  async open(/** @type {any} */ entry) {
    const index = (/** @type {string} */ id) => this.app.folder.entries.findIndex(each => each.id === id)
    this.app.selection.move(index(entry.id))
    const seen = await this.app.dialog("view-dialog", { entry, entries: this.app.folder.entries }), at = index(seen)
    this.grid.focusOn(at < 0 ? this.grid.at : at)
  }

  /** Escape ends choosing, Ctrl+A chooses all that are loaded, and each action has its key as in Files. */
  key(/** @type {KeyboardEvent} */ event) {
    if (event.target instanceof Element && event.target.matches("input, textarea, select, dialog *, context-menu *") || event.altKey || event.shiftKey) return
    const { selection } = this.app, { entries } = selection, action = byKey(event)
    if (event.key === "a" && (event.ctrlKey || event.metaKey)) selection.all()
    else if (event.key === "Escape" && entries.length) selection.clear()
    else if (entries.length && action?.enabled(this.app, entries)) action.run(this.app, entries)
    else return
    event.preventDefault()
  }
}

customElements.define("photos-view", PhotosViewElement)

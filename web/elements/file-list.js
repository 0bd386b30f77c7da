// A list of files: a grid of which only the rows that are in sight exist. It knows mouse, touch and keyboard; what they mean it tells upwards:
// "open-entry", "menu" and "drop-on".
import { fill, h, HearthElement, icon } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import { row, show } from "./file-row.js"
import { keys, pointer } from "./list-input.js"

const SPARE = 6                                     // rows above and below what is in sight
const ENOUGH = 8                                    // milliseconds after which rows that are not yet in sight can wait until this frame is seen
const SETTLED = 150, AT_ONCE = 5                    // milliseconds that nothing moves; rows that are put in order without a pause

class FileListElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null
  /** @type {(entry: import("../api/dav.js").Entry) => string|null} */
  href = () => null
  /** @type {() => any} what is shown where there is nothing */
  empty = () => null
  trash = false
  tiled = false
  per = 1                                           // entries beside each other
  top = 0                                           // the first entry in sight
  turn = 0                                          // how often rows were put where they belong
  /** @type {any[]} */
  entries = []
  /** @type {any} */
  source = null
  /** @type {Map<number, any>} */
  #shown = new Map()
  /** @type {any[]} */
  #spare = []

  begin() {
    const { folder, selection } = this.app
    this.rows = h("div", { class: "rows", role: "rowgroup" })
    this.columns = h("div", { class: "columns", role: "row", "aria-rowindex": "1" })
    this.grid = h("div", { class: "grid", role: "grid", tabindex: "0", "aria-label": t("list.label"), "aria-multiselectable": "true" }, h("div", { role: "rowgroup" }, this.columns), this.rows)
    this.none = h("div", { class: "empty", hidden: true })
    this.wait = h("div", { class: "skeleton", "aria-hidden": "true", hidden: true }, Array.from({ length: 8 }, () => h("i")))
    fill(this, this.grid, this.none, this.wait)
    this.listen(folder, "change", () => this.draw())
    this.listen(selection, "change", () => this.draw())
    this.listen(this.grid, "scroll", () => this.place(), { passive: true })
    this.sight = new ResizeObserver(() => { if (this.grid.clientWidth) { this.height = 0; this.place() } })
    this.sight.observe(this.grid)
    keys(this)
    pointer(this)
    this.draw()
  }

  end() {
    this.sight.disconnect()
  }

  get at() {
    return this.app.selection.at
  }

  draw() {
    const { entries, state, error } = this.app.folder
    if (this.entries !== entries && this.source !== this.app.folder.source) this.grid.scrollTop = 0
    Object.assign(this, { entries, source: this.app.folder.source })
    this.grid.setAttribute("aria-rowcount", state === "loading" ? -1 : entries.length + 1)
    this.grid.setAttribute("aria-busy", state === "loading")
    this.classList.toggle("choosing", this.app.selection.ids.size > 0)
    if (this.classList.toggle("tiles", this.tiles) !== this.tiled) this.height = 0
    this.tiled = this.tiles
    this.columns.classList.toggle("idle", state !== "loading" && !entries.length)
    this.drawColumns()
    this.wait.hidden = state !== "loading" || entries.length > 0
    this.none.hidden = state === "loading" || entries.length > 0
    if (!this.none.hidden) fill(this.none, state === "error" ? this.failed(error) : this.empty())
    this.place()
  }

  failed(/** @type {any} */ error) {
    return [icon("warn"), h("h2", {}, t("list.failed")), h("p", { class: "muted" }, this.app.why(error)), error.status === 404 ? h("a", { class: "button", href: "/" }, icon("home"), t("to-files")) : h("button", { onclick: () => this.app.folder.refresh() }, icon("again"), t("again"))]
  }

  drawColumns() {
    const { sort } = this.app.folder, key = `${sort.by} ${sort.down}`
    if (this.drawn === key) return
    this.drawn = key
    const time = this.trash ? "deleted" : "modified"
    const column = (by, extra) => h("div", { role: "columnheader", class: extra, "aria-sort": sort.by !== by ? "none" : sort.down ? "descending" : "ascending" },
      h("button", { tabindex: "-1", onclick: () => this.app.folder.order(by) }, t(`column.${by}`), icon(sort.by === by && sort.down ? "down" : "up")))
    fill(this.columns, h("div", { role: "columnheader" }, h("span", { class: "unseen" }, t("column.chosen"))), column("name", ""), column(time, "wide"), column("size", "number"),
      h("div", { role: "columnheader" }, h("span", { class: "unseen" }, t("column.more"))))
  }

  /** Bring the rows that are in sight to where they belong. */
  place() {
    const turn = ++this.turn
    this.height ||= parseFloat(getComputedStyle(this.rows).getPropertyValue("--row")) || 52
    const { entries } = this.app.folder, { selection } = this.app, per = this.per = this.tiles ? Math.max(2, Math.floor(this.rows.clientWidth / this.height)) : 1
    const lines = Math.ceil(entries.length / per), spare = Math.ceil(SPARE / per), form = `${per} ${this.height}`
    if (this.lines !== `${lines} ${per}`) {
      this.lines = `${lines} ${per}`
      this.rows.style.height = `calc(var(--row) * ${lines})`
      this.rows.style.setProperty("--per", String(per))
    }
    if (this.form !== form && this.top) this.grid.scrollTop = Math.floor(this.top / per) * this.height      // a phone that is turned, or tiles for rows: what one looked at stays in sight
    this.form = form
    const { scrollTop, clientHeight } = this.grid, top = this.top = Math.max(0, Math.floor(scrollTop / this.height)) * per, below = Math.min(entries.length, Math.ceil((scrollTop + clientHeight) / this.height) * per)
    const from = Math.max(0, top - spare * per), to = Math.min(entries.length, below + spare * per), until = performance.now() + ENOUGH
    for (const [index, made] of this.#shown) {
      if (index >= from && index < to) continue
      this.#shown.delete(index)
      this.#spare.push(made)
    }
    let moved = false, late = false
    const bring = (/** @type {number} */ index, seen = true) => {
      let made = this.#shown.get(index)
      if (!made) {                                  // one that is out of sight now goes on at the other end; the rest stay where they are
        if (!seen && (late ||= performance.now() > until)) return
        made = this.#spare.pop() || this.rows.appendChild(row())
        this.#shown.set(index, made)
        moved = true
      }
      const entry = entries[index]
      show(made, entry, index, { chosen: selection.has(entry), at: index === selection.at, href: this.href(entry), trash: this.trash, per, height: this.height })
    }
    for (let index = top; index < below; index++) bring(index)
    for (let index = below; index < to; index++) bring(index, false)
    for (let index = Math.min(top, to) - 1; index >= from; index--) bring(index, false)
    if (moved) {
      clearTimeout(this.unsettled)
      this.unsettled = setTimeout(() => this.settle(), SETTLED)
    }
    if (late) setTimeout(() => requestAnimationFrame(() => turn === this.turn && this.place()))      // not in this frame, as one that is asked for by a scroll would be, and not beside the next scroll
    else for (const made of this.#spare.splice(0)) made.remove()
    if (this.#shown.has(selection.at)) this.grid.setAttribute("aria-activedescendant", `row-${selection.at}`)
    else this.grid.removeAttribute("aria-activedescendant")
  }

  /** Put the rows in order for who reads them aloud. Not while one scrolls: to put one elsewhere costs as much as to make it. */
  settle() {
    let wanted = this.rows.firstElementChild, left = AT_ONCE
    for (const index of [...this.#shown.keys()].sort((one, other) => one - other)) {
      const made = this.#shown.get(index)
      if (made === wanted) wanted = wanted.nextElementSibling
      else if (left-- > 0) this.rows.insertBefore(made, wanted)
    }
    if (left < 0) this.unsettled = setTimeout(() => this.settle(), 20)
  }

  /** Scroll until a row is in sight. */
  reveal(/** @type {number} */ index) {
    const top = Math.floor(index / this.per) * this.height, { scrollTop, clientHeight } = this.grid, head = this.columns.offsetHeight
    if (top < scrollTop) this.grid.scrollTop = top
    else if (top + this.height > scrollTop + clientHeight - head) this.grid.scrollTop = top + this.height - clientHeight + head
  }

  /** Whether it shows tiles, with larger pictures, in place of rows. */
  get tiles() {
    return !this.trash && this.app.tiles
  }

  /** How many entries a page holds. */
  get page() {
    return Math.max(1, Math.floor(this.grid.clientHeight / this.height) - 1) * this.per
  }

  /** Open the menu for a row, at an element or a point. */
  menu(/** @type {number} */ index, /** @type {any} */ at) {
    const entry = this.app.folder.entries[index]
    if (entry && !this.app.selection.has(entry)) this.app.selection.only(index)
    this.say("menu", { at })
  }
}

customElements.define("file-list", FileListElement)

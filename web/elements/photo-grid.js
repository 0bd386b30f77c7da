// Photos by month, the newest first: a grid of which only the rows that are in sight exist. What is in sight stays where it is when others come or go.
// What mouse, touch and keyboard mean it tells upwards: "open-entry" and "menu"; and "further", when its end is nearly in sight.
import { fill, h, HearthElement } from "../lib/html.js"
import { month, t } from "../lib/i18n.js"
import { keys, pointer } from "./photo-input.js"
import { mark, put, shows, tile } from "./photo-tile.js"

/** @typedef {import("../api/search.js").Found} Found */
/** @typedef {{top: number, height: number, title?: string, from?: number, to?: number}} Row */

const SPARE = 3, GAP = 4, HEAD = 56

class PhotoGridElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null
  per = 3
  side = 200
  /** @type {Found[]} as they stand here */
  entries = []
  /** @type {Row[]} */
  #rows = []
  /** @type {Map<number, any>} */
  #shown = new Map()
  /** @type {Map<string, any>} tiles of rows that are gone, to be put into others */
  #kept = new Map()

  begin() {
    const { folder, selection } = this.app
    for (const [name, value] of Object.entries({ class: "scroller", role: "grid", tabindex: "-1", "aria-label": t("nav.photos"), "aria-multiselectable": "true", "aria-busy": "true" })) this.setAttribute(name, value)
    fill(this, this.sheet = h("div", { class: "sheet", role: "rowgroup" }))
    this.listen(this, "scroll", () => { this.place(); this.near() }, { passive: true })
    this.listen(folder, "change", () => this.draw())
    this.listen(selection, "change", () => this.mark())
    pointer(this)
    keys(this)
    this.sight = new ResizeObserver(() => this.arrange())
    this.sight.observe(this)
  }

  end() {
    this.sight.disconnect()
    for (const each of this.tiles) each.stop.abort()
  }

  /** Where the keyboard is. */
  get at() {
    return Math.max(0, this.app.selection.at)
  }

  get tiles() {
    return /** @type {any[]} */ ([...this.querySelectorAll(".photo")])
  }

  draw() {
    const { entries, state } = this.app.folder, now = /** @type {Found[]} */ (entries), same = now.length === this.entries.length && now.every((each, i) => shows({ entry: this.entries[i] }, each))
    this.setAttribute("aria-busy", String(state === "loading"))
    this.hidden = state !== "loading" && !now.length
    if (!same) return this.arrange()
    this.entries = now
    for (const each of this.tiles) each.entry = now[each.index]
    return this.mark()
  }

  mark() {
    const { selection } = this.app
    this.classList.toggle("choosing", selection.ids.size > 0)
    for (const each of this.tiles) mark(each, selection.has(each.entry), each.index === this.at)
  }

  /** Say so when there is not much left beneath what is in sight. */
  near() {
    if (this.scrollTop + 3 * this.clientHeight >= this.scrollHeight) this.say("further")
  }

  /** Where each row stands: a title for each month, and beneath it as many pictures side by side as fit. */
  arrange() {
    const width = this.clientWidth, still = this.still(), entries = this.entries = /** @type {Found[]} */ (this.app.folder.entries)
    if (!width) return
    const had = /** @type {any} */ (document.activeElement), within = this.contains(had) && had.closest(".photo")
    this.per = Math.max(3, Math.round(width / (width > 2000 ? 260 : 180)))
    this.side = (width - GAP * (this.per - 1)) / this.per
    this.#rows = []
    let top = 0, last = ""
    for (let i = 0; i < entries.length;) {
      const title = month(entries[i].taken)
      if (title !== last) { this.#rows.push({ top, height: HEAD, title }); top += HEAD; last = title }
      const from = i
      while (i < entries.length && i - from < this.per && month(entries[i].taken) === title) i++
      this.#rows.push({ top, height: this.side + GAP, from, to: i })
      top += this.side + GAP
    }
    this.sheet.style.height = `${top}px`
    this.setAttribute("aria-rowcount", String(this.#rows.length))
    for (const each of this.tiles) this.#kept.set(each.entry.id, each)
    for (const each of this.#shown.values()) each.remove()
    this.#shown.clear()
    still()
    this.place()
    for (const each of this.#kept.values()) each.stop.abort()
    this.#kept.clear()
    this.mark()
    if (within && !this.contains(document.activeElement)) (within.isConnected ? within : this.tiles.find(each => each.index === this.at))?.focus({ preventScroll: true })
  }

  /** What keeps the first photo in sight where it is, or the next one that is left. At the top nothing does: there one sees what is new. */
  still() {
    const { scrollTop, entries } = this, row = scrollTop > HEAD && this.#rows.find(each => each.to && each.top + each.height > scrollTop)
    if (!row) return () => {}
    return () => {
      const places = new Map(this.entries.map((each, i) => [each.id, i])), seen = entries.slice(row.from).find(each => places.has(each.id))
      if (seen) this.scrollTop = this.rowOf(places.get(seen.id)).top - row.top + scrollTop
    }
  }

  rowOf(/** @type {number} */ index) {
    return this.#rows.find(each => each.from <= index && index < each.to)
  }

  /** Bring what is in sight to where it belongs. */
  place() {
    const { scrollTop, clientHeight } = this, spare = SPARE * this.side
    let low = 0, high = this.#rows.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#rows[middle].top + this.#rows[middle].height < scrollTop - spare) low = middle + 1
      else high = middle
    }
    const wanted = new Set()
    for (let i = low; i < this.#rows.length && this.#rows[i].top < scrollTop + clientHeight + spare; i++) wanted.add(i)
    for (const [i, each] of this.#shown) if (!wanted.has(i)) { this.gone(each); this.#shown.delete(i) }
    for (const i of wanted) if (!this.#shown.has(i)) this.#shown.set(i, this.row(i))
  }

  gone(/** @type {Element} */ row) {
    for (const each of row.querySelectorAll(".photo")) /** @type {any} */ (each).stop.abort()
    row.remove()
  }

  row(/** @type {number} */ i) {
    const { top, title, from, to } = this.#rows[i]
    const made = h("div", { class: title ? "month" : "line", role: "row", "aria-rowindex": i + 1 }, title ? h("div", { role: "rowheader" }, h("h2", {}, title)) : this.entries.slice(from, to).map((entry, k) => this.tile(entry, from + k, k + 1)))
    made.style.top = `${top}px`
    this.sheet.append(made)
    return made
  }

  tile(/** @type {Found} */ entry, /** @type {number} */ index, /** @type {number} */ column) {
    const { selection } = this.app, kept = this.#kept.get(entry.id), made = kept && shows(kept, entry) ? kept : tile(entry)
    if (made === kept) this.#kept.delete(entry.id)
    made.entry = entry
    put(made, { index, side: this.side, column, chosen: selection.has(entry), at: index === this.at })
    return made
  }

  /** The keyboard goes to a photo, which comes into sight. */
  focusOn(/** @type {number} */ index) {
    const row = this.rowOf(index), { scrollTop, clientHeight } = this
    if (!row) return
    if (this.app.selection.at !== index) this.app.selection.move(index)
    if (row.top - HEAD < scrollTop) this.scrollTop = row.top - HEAD
    else if (row.top + row.height > scrollTop + clientHeight) this.scrollTop = row.top + row.height - clientHeight
    this.place()
    this.tiles.find(each => each.index === index)?.focus()
  }
}

customElements.define("photo-grid", PhotoGridElement)

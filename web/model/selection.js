// Which entries are chosen, and at which one the keyboard is.
/** @typedef {import("../api/dav.js").Entry} Entry */

export class Selection extends EventTarget {
  /** @type {Set<string>} */
  ids = new Set()
  at = -1
  #anchor = -1

  constructor(/** @type {import("./folder.js").Folder} */ folder) {
    super()
    this.folder = folder
    folder.addEventListener("change", () => this.#follow())
  }

  /** @returns {Entry[]} */
  get entries() {
    return this.ids.size ? this.folder.entries.filter(each => this.ids.has(each.id)) : []
  }

  has(/** @type {Entry} */ entry) {
    return this.ids.has(entry.id)
  }

  only(/** @type {number} */ index) {
    this.#set([this.folder.entries[index]], index)
  }

  toggle(/** @type {number} */ index) {
    const { id } = this.folder.entries[index], ids = new Set(this.ids)
    if (!ids.delete(id)) ids.add(id)
    this.#set(ids, index)
  }

  /** All from where one began to here. */
  reach(/** @type {number} */ index) {
    const from = Math.max(0, this.#anchor)
    this.#set(this.folder.entries.slice(Math.min(from, index), Math.max(from, index) + 1), index, from)
  }

  /** The keyboard goes to a row and chooses nothing. */
  move(/** @type {number} */ index) {
    this.#set(this.ids, index)
  }

  all() {
    this.#set(this.folder.entries, this.at)
  }

  clear() {
    this.#set([], this.at)
  }

  #set(/** @type {Iterable<Entry|string>} */ entries, /** @type {number} */ at, anchor = at) {
    this.ids = new Set([...entries].filter(Boolean).map(each => typeof each === "string" ? each : each.id))
    this.at = at
    this.#anchor = anchor
    this.dispatchEvent(new Event("change"))
  }

  /** What is not there any more is not chosen any more. */
  #follow() {
    const there = new Set(this.folder.entries.map(each => each.id))
    this.at = Math.min(this.at, this.folder.entries.length - 1)
    if ([...this.ids].some(id => !there.has(id))) this.#set([...this.ids].filter(id => there.has(id)), this.at)
  }
}

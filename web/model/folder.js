// What is being looked at: a list of entries that is loaded, sorted, and said to have changed. The views tell it where its entries come from.
import { language } from "../lib/i18n.js"

/** @typedef {import("../api/dav.js").Entry} Entry */

export class Folder extends EventTarget {
  /** @type {Entry[]} */
  entries = []
  /** @type {Entry|null} the folder itself, where it is one */
  self = null
  /** @type {"loading"|"ready"|"error"} */
  state = "loading"
  /** @type {any} */
  error = null
  sort = { by: "name", down: false }
  /** @type {(signal: AbortSignal) => Promise<{self?: Entry, entries: Entry[]}>} */
  source = null
  #stop = new AbortController()

  /** Look somewhere else. */
  open(/** @type {Folder["source"]} */ source, sort = { by: "name", down: false }) {
    this.source = source
    this.sort = sort
    this.self = null
    this.entries = []
    this.state = "loading"
    this.#changed()
    return this.refresh()
  }

  /** Look again; what is shown stays until the answer is there. */
  async refresh() {
    this.#stop.abort()
    const stop = this.#stop = new AbortController()
    try {
      const { self = null, entries } = await this.source(stop.signal)
      if (stop.signal.aborted) return
      Object.assign(this, { self, entries: sorted(entries, this.sort), state: "ready", error: null })
    } catch (error) {
      if (stop.signal.aborted) return
      Object.assign(this, { self: null, entries: [], state: "error", error })
    }
    this.#changed()
  }

  /** Sort by a member; by the same again, the other way round. */
  order(/** @type {string} */ by) {
    this.sort = { by, down: this.sort.by === by ? !this.sort.down : by !== "name" }
    this.entries = sorted(this.entries, this.sort)
    this.#changed()
  }

  /** Take entries out before the server has said so, or put them back. */
  without(/** @type {Set<string>} */ ids) {
    this.entries = this.entries.filter(each => !ids.has(each.id))
    this.#changed()
  }

  named(/** @type {string} */ name) {
    return this.entries.find(each => each.name === name)
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}

/** Folders first, then as asked for; what is equal by name. */
function sorted(/** @type {Entry[]} */ entries, /** @type {{by: string, down: boolean}} */ { by, down }) {
  const { compare } = new Intl.Collator(language, { numeric: true, sensitivity: "base" }), way = down ? -1 : 1
  return [...entries].sort((a, b) => Number(b.folder) - Number(a.folder) || way * (by === "name" ? compare(a.name, b.name) : a[by] - b[by]) || compare(a.name, b.name))
}

// What there is to look at: the spaces that a person has; the list of entries that is looked at, which is loaded, sorted, and said to have changed; and which of
// them are chosen, and at which one the keyboard is. The views tell where entries come from.
import * as dav from "../api/dav.js"
import { Failure } from "../api/http.js"
import { byName, rank } from "../lib/i18n.js"

/** @typedef {dav.Drive} Drive @typedef {dav.Entry} Entry */

const KEPT = ["name", "modified", "size"]           // orders in which the next folder is shown, too

export class Drives extends EventTarget {
  /** @type {Drive[]} */
  all = []

  async load() {
    this.all = (await dav.drives()).filter(each => each.driveType !== "mountpoint" && !each.root?.deleted)
    this.dispatchEvent(new Event("change"))
  }

  get personal() {
    return this.all.find(each => each.driveType === "personal")
  }

  get projects() {
    return this.all.filter(each => each.driveType === "project").sort((a, b) => a.name.localeCompare(b.name))
  }

  get shares() {
    return this.all.find(each => each.driveType === "virtual")
  }

  byId(/** @type {string} */ id) {
    return this.all.find(each => each.id === id)
  }

  /** The drive that an address means: by its alias, "personal/ann". */
  byAlias(/** @type {string} */ alias) {
    return this.all.find(each => each.driveAlias === alias)
  }

  /** Bytes that still fit into a drive. */
  room(/** @type {string} */ id) {
    return this.byId(id)?.quota?.remaining ?? Infinity
  }
}

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
  /** @type {(signal: AbortSignal, begun: (found: dav.Contents) => void) => Promise<{self?: Entry, entries: Entry[]}>} */
  source = null
  #stop = new AbortController()

  /** Look somewhere else. */
  open(/** @type {Folder["source"]} */ source, sort = { by: "name", down: false }) {
    Object.assign(this, { source, sort, self: null, entries: [], state: "loading" })
    this.#changed()
    return this.refresh()
  }

  /** Look into a folder of a drive, sorted as the one before. */
  browse(/** @type {Drive|null} */ drive, /** @type {string} */ path) {
    const source = drive ? (/** @type {AbortSignal} */ signal, /** @type {any} */ begun) => dav.list(drive.id, path, signal, begun) : async () => { throw new Failure(404) }
    return this.open(source, KEPT.includes(this.sort.by) ? this.sort : undefined)
  }

  /** Look again; what is shown stays until the answer is there, also where none comes: a phone that wakes has no network for a moment. @returns {Promise<any>} why none came */
  async refresh() {
    this.#stop.abort()
    if (this.state === "error") Object.assign(this, { state: "loading" }).#changed()
    const stop = this.#stop = new AbortController()
    const begun = (/** @type {dav.Contents} */ found) => {
      if (stop.signal.aborted || this.state !== "loading" || this.sort.by !== "name" || this.sort.down || found.entries.length <= this.entries.length) return     // asked again, it never shows less than it did
      Object.assign(this, found)                    // the beginning of a long list, to which the rest is added beneath
      this.#changed()
    }
    try {
      const { self = null, entries } = await this.source(stop.signal, begun)
      if (stop.signal.aborted) return undefined
      Object.assign(this, { self, entries: sorted(entries, this.sort), state: "ready", error: null })
    } catch (error) {
      if (stop.signal.aborted) return undefined
      if (this.state === "ready" && error.status === 0) return error
      Object.assign(this, { self: null, entries: [], state: "error", error })
    }
    return this.#changed()
  }

  /** Sort by a member; by the same again, the other way round. Of a list that is still on its way nothing can be said then: what comes would belong anywhere. */
  order(/** @type {string} */ by) {
    this.sort = { by, down: this.sort.by === by ? !this.sort.down : by !== "name" }
    this.entries = this.state === "loading" ? [] : sorted(this.entries, this.sort)
    this.#changed()
  }

  /** Take entries out before the server has said so, or put them back; who does looks again afterwards. */
  without(/** @type {Set<string>} */ ids, entries = this.entries) {
    this.#stop.abort()                              // what is on its way still has them
    this.entries = entries.filter(each => !ids.has(each.id))
    this.#changed()
  }

  named(/** @type {string} */ name) {
    return this.entries.find(each => each.name === name)
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}

export class Selection extends EventTarget {
  /** @type {Set<string>} */
  ids = new Set()
  at = -1
  #anchor = -1
  #whole = false                                    // all are chosen, also those that are still on their way
  /** @type {string[]} the ids of what is at these two */
  #there = []

  constructor(/** @type {Folder} */ folder) {
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
    this.#set(this.folder.entries, this.at, this.at, this.folder.state === "loading")
  }

  clear() {
    this.#set([], this.at)
  }

  #set(/** @type {Iterable<Entry|string>} */ entries, /** @type {number} */ at, anchor = at, whole = false) {
    this.ids = new Set([...entries].filter(Boolean).map(each => typeof each === "string" ? each : each.id))
    this.at = at
    this.#anchor = anchor
    this.#whole = whole
    this.#there = [at, anchor].map(each => this.folder.entries[each]?.id)
    this.dispatchEvent(new Event("change"))
  }

  /** What is not there any more is not chosen any more; what is elsewhere in the list is still where one was. */
  #follow() {
    if (this.at < 0 && !this.ids.size) return
    const { entries } = this.folder, places = new Map(entries.map((each, i) => [each.id, i]))
    const [at, anchor] = [this.at, this.#anchor].map((index, i) => index < 0 ? -1 : places.get(this.#there[i]) ?? Math.min(index, entries.length - 1))
    if ([...this.ids].some(id => !places.has(id))) this.#set([...this.ids].filter(id => places.has(id)), at, anchor)
    else if (this.#whole) Object.assign(this, { at }).all()
    else Object.assign(this, { at }).#anchor = anchor
  }
}

/** Folders first, then as asked for; what is equal by name. What was found stays as the server sorted it. */
function sorted(/** @type {Entry[]} */ entries, /** @type {{by: string, down: boolean}} */ { by, down }) {
  if (by === "as-found") return entries
  for (const each of entries) each.rank ??= rank(each.name)
  const way = down ? -1 : 1, compare = by === "name" ? (a, b) => way * byName(a, b) : (a, b) => way * (a[by] - b[by]) || byName(a, b)
  return [...entries.filter(each => each.folder).sort(compare), ...entries.filter(each => !each.folder).sort(compare)]
}

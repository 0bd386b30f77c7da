// The spaces a person has: their own, those of projects, and what was shared with them.
import * as graph from "../api/graph.js"

/** @typedef {import("../api/graph.js").Drive} Drive */

export class Drives extends EventTarget {
  /** @type {Drive[]} */
  all = []

  async load() {
    this.all = (await graph.drives()).filter(each => each.driveType !== "mountpoint" && !each.root?.deleted)
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

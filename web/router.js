// From an address to a view, and back.
import { encoded } from "./api/dav.js"

/**
 * @typedef {object} Place
 * @property {"files"|"spaces"|"with-me"|"by-me"|"trash"|"id"|"start"} view
 * @property {string} [alias]  of a drive
 * @property {string} [path]
 * @property {string} [id]
 */

/** @returns {Place} */
export function place(/** @type {string} */ address) {
  const [first, ...rest] = address.split("/").filter(Boolean).map(decoded)
  if (first === "files" && rest.length > 1) return { view: "files", alias: `${rest[0]}/${rest[1]}`, path: rest.slice(2).join("/") }
  if (first === "trash") return { view: "trash", alias: rest.slice(0, 2).join("/") }
  if (first === "shared") return { view: rest[0] === "by-me" ? "by-me" : "with-me" }
  if (first === "spaces") return { view: "spaces" }
  if (first === "f" && rest[0]) return { view: "id", id: rest[0] }
  return { view: "start" }
}

/** The address of a folder. */
export function files(/** @type {{driveAlias: string}} */ drive, path = "") {
  return `/files/${encoded(drive.driveAlias)}${path ? "/" + encoded(path) : ""}`
}

export function trash(/** @type {{driveAlias: string}} */ drive) {
  return `/trash/${encoded(drive.driveAlias)}`
}

function decoded(/** @type {string} */ part) {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

// What is made, moved, copied and taken away where files lie.
import { address } from "./dav.js"
import { ask, json } from "./http.js"

/** @returns {Promise<import("./dav.js").Drive>} */
export function makeDrive(/** @type {string} */ name) {
  return json("/graph/v1.0/drives", { method: "POST", body: { name, driveType: "project" } })
}

export function makeFolder(/** @type {string} */ drive, /** @type {string} */ path) {
  return ask("MKCOL", address(drive, path))
}

export function remove(/** @type {import("./dav.js").Entry} */ { drive, path }) {
  return ask("DELETE", address(drive, path))
}

/**
 * Move or copy; where the name is taken, a Failure of status 412, but with `replace`.
 * @param {"MOVE"|"COPY"} method @param {import("./dav.js").Entry} entry @param {string} drive @param {string} path
 */
export function place(method, entry, drive, path, replace = false) {
  return ask(method, address(entry.drive, entry.path), { headers: { Destination: address(drive, path), Overwrite: replace ? "T" : "F" } })
}

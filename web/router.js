// From an address to a view, and back.
import { encoded } from "./api/dav.js"

/**
 * @typedef {object} Place
 * @property {"files"|"spaces"|"with-me"|"by-me"|"trash"|"search"|"favourites"|"recent"|"photos"|"admin"|"id"|"start"} view
 * @property {string} [alias]  of a drive
 * @property {string} [path]
 * @property {string} [id]
 * @property {Record<string, string>} [ask]  of a search
 */

/** The first parts of addresses that are shown here; the server knows them, too. */
export const OURS = ["", "files", "trash", "shared", "spaces", "search", "favourites", "recent", "photos", "admin", "f"]

/** The view of each place, without "-view". */
export const VIEWS = { files: "files", trash: "trash", spaces: "spaces", photos: "photos", "with-me": "shared", "by-me": "shared", search: "found", favourites: "found", recent: "found", admin: "admin" }

/** @returns {Place} */
export function place(/** @type {string} */ address) {
  const [path, query = ""] = address.split("?"), [first, ...rest] = path.split("/").filter(Boolean).map(decoded)
  if (first === "files" && rest.length > 1) return { view: "files", alias: `${rest[0]}/${rest[1]}`, path: rest.slice(2).join("/") }
  if (first === "trash") return { view: "trash", alias: rest.slice(0, 2).join("/") }
  if (first === "shared") return { view: rest[0] === "by-me" ? "by-me" : "with-me" }
  if (first === "spaces") return { view: "spaces" }
  if (first === "favourites" || first === "recent" || first === "photos" || first === "admin") return { view: first }
  if (first === "search") return { view: "search", ask: Object.fromEntries(new URLSearchParams(query)) }
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

const PATIENCE = 1_000                              // milliseconds for the browser to go back

/** What lay over a page that is loaded again is gone; its entries of the history, see elements/over.js, are gone back over: one of them would be a Back that does nothing. */
export function arrived() {
  const over = history.state?.over || 0
  return over ? back(over) : Promise.resolve()
}

/** Go back so many entries of the history; resolved when the browser has, or has not after a while. @returns {Promise<any>} */
export function back(/** @type {number} */ entries) {
  return new Promise(done => { addEventListener("popstate", done, { once: true }); setTimeout(done, PATIENCE); history.go(-entries) })
}

function decoded(/** @type {string} */ part) {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

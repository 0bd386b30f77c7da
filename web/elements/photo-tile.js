// One photo or film in the grid of photos: a picture that leads to it, and a tick to choose it by.
import { preview, seen } from "../api/previews.js"
import { h, icon } from "../lib/html.js"
import { exactly, kind, legible } from "../lib/i18n.js"

/** @typedef {import("../api/search.js").Found} Found */

const PIXELS = 320, STILL = 100                     // milliseconds

/** @returns {any} */
export function tile(/** @type {Found} */ entry) {
  const film = kind(entry) === "video", image = h("img", { alt: "", draggable: "false", hidden: true }), stop = new AbortController(), when = exactly(entry.taken)
  const link = h("a", { href: `/f/${encodeURIComponent(entry.id)}`, tabindex: "-1", draggable: "false", "aria-label": legible(entry.name), title: `${entry.name}\n${when}` }, image, film && icon("play", "film"))
  const made = h("div", { class: "photo", role: "gridcell", "aria-label": `${legible(entry.name)}, ${when}` }, link, h("span", { class: "tick", "aria-hidden": "true" }, h("span", {}, icon("check"))))
  const set = (/** @type {string} */ src) => {
    if (src) image.src = src
    image.hidden = !src
    if (!src) link.prepend(icon(kind(entry), "kind"))
  }
  const known = entry.preview ? seen(entry, PIXELS) : ""
  if (known) set(known)
  else if (!entry.preview) set("")
  else setTimeout(async () => { if (!stop.signal.aborted) { const src = await preview(entry, PIXELS, stop.signal); if (!stop.signal.aborted) set(src) } }, STILL)
  return Object.assign(made, { entry, stop })
}

/** Whether a tile shows an entry as it is now. */
export function shows(/** @type {any} */ { entry }, /** @type {Found} */ now) {
  return entry.id === now.id && entry.etag === now.etag && entry.name === now.name && entry.taken === now.taken && entry.preview === now.preview
}

/** @param {any} made @param {{index: number, side: number, column: number, chosen: boolean, at: boolean}} state */
export function put(made, { index, side, column, chosen, at }) {
  made.index = index
  made.style.width = made.style.height = `${side}px`
  made.setAttribute("aria-colindex", String(column))
  mark(made, chosen, at)
}

/** Show whether it is chosen, and whether the keyboard is there. */
export function mark(/** @type {any} */ made, /** @type {boolean} */ chosen, /** @type {boolean} */ at) {
  made.setAttribute("aria-selected", String(chosen))
  made.setAttribute("tabindex", at ? "0" : "-1")
}

// One row of a list, made once and filled again and again: 10,000 entries need some thirty of them.
import { preview, seen } from "../api/previews.js"
import { day, exactly, kind, size, when } from "../lib/format.js"
import { fill, h, icon, turn } from "../lib/html.js"
import { t } from "../lib/i18n.js"

/** @typedef {import("../api/dav.js").Entry} Entry */

const PIXELS = 96, TILE = 320, STILL = 120          // milliseconds
const WRITTEN = ["text", "code"]                    // small pictures of these are white sheets

/** An empty row: the element with its parts. @returns {any} */
export function row() {
  const picture = icon("file", "kind"), small = h("img", { class: "small", alt: "", hidden: true, draggable: "false" }), link = h("a", { tabindex: "-1", draggable: "false" }, h("bdi")), badges = h("span")
  const second = h("small", { class: "second" }), date = h("div", { role: "gridcell", class: "cell wide" }), bytes = h("div", { role: "gridcell", class: "cell number" })
  const more = h("button", { class: "round more", tabindex: "-1" }, icon("more"))
  const made = h("div", { role: "row", class: "file-row", draggable: "true" },
    h("div", { role: "gridcell", class: "tick" }, h("span", { "aria-hidden": "true" }, icon("check")), h("span", { class: "unseen" })),
    h("div", { role: "gridcell", class: "name" }, picture, small, h("div", {}, link, second), badges),
    date, bytes, h("div", { role: "gridcell" }, more))
  return Object.assign(made, { parts: { picture, small, link, badges, second, date, bytes, more }, entry: null })
}

/**
 * Show an entry in a row.
 * @param {any} made @param {Entry} entry @param {number} index
 * @param {{chosen: boolean, at: boolean, href: string|null, trash: boolean, per: number}} state
 */
export function show(made, entry, index, state) {
  const { picture, link, badges, second, date, bytes, more } = made.parts
  made.id = `row-${index}`
  made.index = index
  made.setAttribute("aria-rowindex", index + 2)
  made.setAttribute("aria-selected", state.chosen)
  made.classList.toggle("at", state.at)
  made.style.transform = `translate(${index % state.per * 100}%, calc(var(--row) * ${Math.floor(index / state.per)}))`
  const pixels = state.per > 1 ? TILE : PIXELS
  if (made.entry === entry && made.href === state.href && made.pixels === pixels) return
  made.pixels = pixels
  made.entry = entry
  made.href = state.href
  const what = kind(entry), time = state.trash ? entry.deleted : entry.modified
  picture.setAttribute("data-kind", what)
  turn(picture, what)
  draw(made, entry)
  link.firstElementChild.textContent = entry.name
  link.title = entry.name
  if (state.href) link.href = state.href
  else link.removeAttribute("href")
  date.textContent = when(time)
  date.title = exactly(time)
  bytes.textContent = size(entry.size)
  second.textContent = state.trash ? t("trash.from", { from: place(entry.from) }) : [when(time), size(entry.size)].filter(Boolean).join(" · ")
  second.classList.toggle("always", state.trash)
  more.setAttribute("aria-label", t("more-for", { name: entry.name }))
  fill(badges, entry.shared?.some(to => to !== "3") && badge("people", t("badge.shared")), entry.shared?.includes("3") && badge("link", t("badge.link")), entry.item?.until && h("small", {}, day(entry.item.until)))
}

/** Show the small picture of a file once the row has stood still for a moment. */
function draw(/** @type {any} */ made, /** @type {Entry} */ entry) {
  const { picture, small } = made.parts, set = (/** @type {string} */ src) => {
    if (src) small.src = src
    small.hidden = !src
    picture.toggleAttribute("hidden", Boolean(src))
  }
  made.stop?.abort()
  clearTimeout(made.wait)
  const wanted = entry.preview && !WRITTEN.includes(kind(entry))
  set(wanted ? seen(entry, made.pixels) : "")
  if (!wanted || !small.hidden) return
  const { signal } = made.stop = new AbortController()
  made.wait = setTimeout(async () => {
    const src = await preview(entry, made.pixels, signal)
    if (made.entry === entry) set(src)
  }, STILL)
}

/** The folder that something lay in. */
function place(/** @type {string} */ from) {
  return "/" + (from || "").split("/").slice(0, -1).join("/")
}

function badge(/** @type {string} */ name, /** @type {string} */ title) {
  return h("span", { title }, icon(name, "badge"), h("span", { class: "unseen" }, title))
}

// One row of a list, made once and filled again and again: 10,000 entries need some thirty of them.
import { day, exactly, kind, legible, size, t, when } from "../lib/i18n.js"
import { fill, h, icon, turn, write } from "../lib/html.js"

/** @typedef {import("../api/dav.js").Entry} Entry */

const PIXELS = 96, TILE = 320, STILL = 120          // milliseconds
const WRITTEN = ["text", "code"]                    // small pictures of these are white sheets

/** @type {Element|null} the row that all others are copies of */
let pattern = null

/** An empty row: the element with its parts. @returns {any} */
export function row() {
  pattern ||= h("div", { role: "row", class: "file-row", draggable: "true" },
    h("div", { role: "gridcell", class: "tick" }, h("span", { "aria-hidden": "true" }, icon("check")), h("span", { class: "unseen" })),
    h("div", { role: "gridcell", class: "name" }, icon("file", "kind"), h("img", { class: "small", alt: "", hidden: true, draggable: "false" }),
      h("div", {}, h("a", { tabindex: "-1", draggable: "false" }, h("bdi")), h("small", { class: "second" })), h("span")),
    h("div", { role: "gridcell", class: "cell wide" }), h("div", { role: "gridcell", class: "cell number" }), h("div", { role: "gridcell" }, h("button", { class: "round more", tabindex: "-1" }, icon("more"))))
  const made = /** @type {any} */ (pattern.cloneNode(true)), [, name, date, bytes, last] = made.children, [picture, small, lines, badges] = name.children
  return Object.assign(made, { parts: { picture, small, link: lines.firstChild, second: lines.lastChild, badges, date, bytes, more: last.firstChild }, entry: null })
}

/**
 * Show an entry in a row.
 * @param {any} made @param {Entry} entry @param {number} index
 * @param {{chosen: boolean, at: boolean, href: string|null, trash: boolean, per: number, height: number}} state  so many beside each other, each so high
 */
export function show(made, entry, index, state) {
  const { picture, link, badges, second, date, bytes, more } = made.parts
  const stands = `${index} ${state.chosen} ${state.at} ${state.per} ${state.height}`
  if (made.stands !== stands) {
    made.stands = stands
    made.id = `row-${index}`
    made.index = index
    made.setAttribute("aria-rowindex", index + 2)
    made.setAttribute("aria-selected", state.chosen)
    made.classList.toggle("at", state.at)
    made.style.transform = `translate(${index % state.per * 100}%, ${Math.floor(index / state.per) * state.height}px)`
  }
  const pixels = state.per > 1 ? TILE : PIXELS
  if (made.entry === entry && made.href === state.href && made.pixels === pixels) return
  made.pixels = pixels
  made.entry = entry
  made.href = state.href
  const what = kind(entry), time = state.trash ? entry.deleted : entry.modified
  picture.setAttribute("data-kind", what)
  turn(picture, what)
  draw(made, entry)
  if (entry.words) fill(link.firstElementChild, marked(legible(entry.name), entry.words))
  else write(link.firstElementChild, legible(entry.name))
  link.title = entry.name
  if (state.href) link.href = state.href
  else link.removeAttribute("href")
  write(date, when(time))
  date.title = exactly(time)
  write(bytes, size(entry.size))
  if (entry.in) fill(second, legible(entry.in), entry.snippet?.length > 0 && [" · ", entry.snippet.map(each => each.hit ? h("mark", {}, each.text) : each.text)])
  else write(second, state.trash ? t("trash.from", { from: place(entry.from) }) : [when(time), size(entry.size)].filter(Boolean).join(" · "))
  second.classList.toggle("always", state.trash || Boolean(entry.in))
  more.setAttribute("aria-label", t("more-for", { name: entry.name }))
  const badged = [entry.favourite && badge("starred", t("badge.favourite")), entry.tags?.map(each => h("span", { class: "tag" }, each)), entry.shared?.some(to => to !== "3") && badge("people", t("badge.shared")), entry.shared?.includes("3") && badge("link", t("badge.link")), entry.item?.until && h("small", {}, day(entry.item.until))]
  if (badges.firstChild || badged.some(each => Array.isArray(each) ? each.length : each)) fill(badges, badged)
}

/** @type {any} loaded with the first picture */
let pictures = null
const load = () => import("../api/previews.js")

/** Show the small picture of a file once the row has stood still for a moment. */
function draw(/** @type {any} */ made, /** @type {Entry} */ entry) {
  const { picture, small } = made.parts, set = (/** @type {string} */ src) => {
    if (src) small.src = src
    if (small.hidden === Boolean(src)) small.hidden = !src    // to set what is set is work, too
    picture.toggleAttribute("hidden", Boolean(src))
  }
  made.stop?.abort()
  clearTimeout(made.wait)
  const wanted = entry.preview && !WRITTEN.includes(kind(entry))
  set(wanted && pictures ? pictures.seen(entry, made.pixels) : "")
  if (!wanted || !small.hidden) return
  const { signal } = made.stop = new AbortController()
  made.wait = setTimeout(async () => {
    pictures ||= await load().catch(() => null)     // without it, the icon stays
    if (!pictures) return
    const src = await pictures.preview(entry, made.pixels, signal)
    if (made.entry === entry) set(src)
  }, STILL)
}

/** A name in which what was looked for stands out. */
function marked(/** @type {string} */ name, /** @type {string} */ words) {
  const at = name.toLowerCase().indexOf(words)
  return at < 0 ? [name] : [name.slice(0, at), h("mark", {}, name.slice(at, at + words.length)), name.slice(at + words.length)]
}

/** The folder that something lay in. */
function place(/** @type {string} */ from) {
  return "/" + (from || "").split("/").slice(0, -1).join("/")
}

function badge(/** @type {string} */ name, /** @type {string} */ title) {
  return h("span", { title, class: name }, icon(name, "badge"), h("span", { class: "unseen" }, title))
}

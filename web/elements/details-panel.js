// What is known of the one thing that is chosen, or of the folder: kind, size, time, tags, with whom it is shared, older contents, what was done to it.
// What costs a question is asked for when its part is opened.
import { content } from "../api/content.js"
import * as details from "../api/details.js"
import * as labels from "../api/labels.js"
import * as shares from "../api/shares.js"
import * as versions from "../api/versions.js"
import { save } from "../actions/download.js"
import { fill, h, HearthElement, icon, style } from "../lib/html.js"
import { day, exactly, kind, lasting, legible, size, t, when } from "../lib/i18n.js"

await style("panel")

/** Which parts somebody left open. @type {Set<string>} */
const open = new Set(["versions"])

class DetailsPanelElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null
  /** @type {any} */
  #entry = null

  begin() {
    this.setAttribute("role", "complementary")
    this.setAttribute("aria-label", t("action.details"))
    this.listen(this.app.selection, "change", () => this.draw())
    this.listen(this.app.folder, "change", () => this.draw())
    this.draw()
  }

  draw() {
    if (this.hidden) { this.#entry = null; return }
    const { entries } = this.app.selection, { folder } = this.app
    const entry = entries.length === 1 ? entries[0] : entries.length ? null : folder.self
    if (entry && this.#entry && entry.id === this.#entry.id && entry.etag === this.#entry.etag && String(entry.tags) === String(this.#entry.tags) && String(entry.shared) === String(this.#entry.shared)) { this.#entry = entry; return }
    this.#entry = entry
    const close = h("button", { class: "round", "aria-label": t("close"), onclick: () => /** @type {any} */ (this.closest(".view")).toggle(false) }, icon("close"))
    if (!entry) {
      fill(this, h("div", { class: "top" }, h("h2", {}, entries.length ? t("tools.count", { n: entries.length }) : ""), close), entries.length > 0 && h("p", { class: "muted" }, size(entries.reduce((sum, each) => sum + each.size, 0))))
      return
    }
    const what = kind(entry), picture = icon(what, "kind")
    picture.setAttribute("data-kind", what)
    this.facts = h("dl")
    fill(this, h("div", { class: "top" }, picture, h("h2", {}, h("bdi", {}, legible(entry.name || this.app.drive?.name || ""))), close), this.facts,
      entry.can?.includes("R") && entry.path && h("button", { onclick: () => this.share(entry) }, icon("share"), t("action.share")), entry.path && entry.tags && this.tags(entry),
      !entry.folder && this.fold("versions", () => this.versions(entry)), entry.can?.includes("R") && this.fold("shares", () => this.shares(entry)),
      this.fold("activity", () => this.activity(entry)), !entry.folder && this.fold("sums", () => this.sums(entry)))
    this.tell([[t("details.kind"), t(`kind.${what}`)], [t("column.size"), size(entry.size)], [t("column.modified"), exactly(entry.modified)], [t("details.where"), entry.in],
      [t("details.shared"), entry.shared?.length ? t(entry.shared.includes("3") ? "badge.link" : "badge.shared") : t("details.private")]])
    if (["image", "video", "audio"].includes(what)) this.media(entry)
  }

  tell(/** @type {any[][]} */ facts) {
    this.facts.append(...facts.filter(each => each[1]).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, h("bdi", {}, legible(value))))))
  }

  /** A part that opens, and is asked for then. */
  fold(/** @type {string} */ name, /** @type {() => Promise<any>} */ ask) {
    const entry = this.#entry, inside = h("div"), part = h("details", { open: open.has(name) }, h("summary", {}, h("h3", {}, t(`details.${name}`)), icon("down")), inside)
    const look = async () => {
      part.asked = true
      const found = await ask().catch(error => h("p", { class: "muted" }, this.app.why(error)))
      if (entry.id === this.#entry?.id) fill(inside, found)
    }
    part.addEventListener("toggle", () => {
      open[part.open ? "add" : "delete"](name)
      if (part.open && !part.asked) look()
    })
    return part
  }

  async share(/** @type {any} */ entry) {
    await this.app.dialog("share-dialog", { entry })
    this.app.folder.refresh()
  }

  /** Tags, and a field for another one. */
  tags(/** @type {any} */ entry) {
    const may = /[WCK]/.test(entry.can || ""), field = h("input", { "aria-label": t("tags.add"), placeholder: t("tags.add"), maxlength: "60", list: "known-tags", autocomplete: "off", onfocus: () => this.known() })
    const change = (/** @type {() => Promise<any>} */ work) => this.app.try(async () => { await work(); await this.app.folder.refresh() })
    const add = (/** @type {Event} */ event) => {
      event.preventDefault()
      const name = field.value.trim().replace(/,/g, " ")
      if (name) change(() => labels.tag(entry.id, name))
    }
    if (!may && !entry.tags.length) return null
    return h("section", { class: "tags", "aria-label": t("details.tags") }, h("ul", {}, entry.tags.map(each => h("li", { class: "tag" }, h("a", { href: `/search?tag=${encodeURIComponent(each)}` }, each),
      may && h("button", { class: "round", "aria-label": t("tags.remove", { name: each }), onclick: () => change(() => labels.untag(entry.id, each)) }, icon("close"))))),
    may && h("form", { onsubmit: add }, field, this.list = h("datalist", { id: "known-tags" })))
  }

  async known() {
    const all = await labels.tags().catch(() => [])
    fill(this.list, all.map(each => h("option", { value: each })))
  }

  /** What a photo, film or song tells of itself. */
  async media(/** @type {any} */ entry) {
    const told = await details.facets(entry).catch(() => /** @type {Record<string, string>} */ ({})), number = (/** @type {string} */ name) => Number(told[name]).toFixed(4)
    if (entry.id !== this.#entry?.id) return
    this.tell([[t("details.taken"), told["taken-date-time"] && exactly(Date.parse(told["taken-date-time"]))], [t("details.camera"), [told["camera-make"], told["camera-model"]].filter(Boolean).join(" ")],
      [t("details.pixels"), told.width && `${told.width} × ${told.height}`], [t("details.place"), told.latitude && `${number("latitude")}, ${number("longitude")}`],
      [t("details.title"), told.title], [t("details.artist"), told.artist], [t("details.album"), told.album], [t("details.lasts"), told.duration && lasting(Number(told.duration) / 1000)]])
  }

  async activity(/** @type {any} */ entry) {
    const found = await details.activities(entry.id)
    if (!found.length) return h("p", { class: "muted" }, t("activity.none"))
    return h("ul", { class: "lines" }, found.map(({ template, times }) => h("li", {}, h("div", { class: "grow" }, h("div", {}, template.message.split(/(\{\w+\})/).map(part => {
      const value = template.variables?.[/^\{(\w+)\}$/.exec(part)?.[1]]
      return value ? h("strong", {}, h("bdi", {}, legible(value.displayName || value.name || ""))) : part
    })), h("small", { title: exactly(Date.parse(times.recordedTime)) }, when(Date.parse(times.recordedTime)))))))
  }

  async shares(/** @type {any} */ entry) {
    const { permissions } = await shares.permissions(entry.id.split("!")[0], entry.id)
    if (!permissions.length) return h("p", { class: "muted" }, t("details.private"))
    return h("ul", { class: "lines" }, permissions.map(({ grantedToV2: to, link, expirationDateTime: end }) => h("li", {}, icon(link ? "link" : to?.group ? "people" : "account"),
      h("div", { class: "grow" }, h("bdi", {}, legible(link ? link["@libre.graph.displayName"] || t(`link.${link.type}`) : (to?.user || to?.group)?.displayName || "")), end && h("div", {}, h("small", {}, t("share.until", { day: day(Date.parse(end)) })))))))
  }

  async sums(/** @type {any} */ entry) {
    const found = await details.checksums(entry)
    return h("dl", { class: "sums" }, found.map(each => h("div", {}, h("dt", {}, each.slice(0, each.indexOf(":"))), h("dd", {}, h("code", {}, each.slice(each.indexOf(":") + 1))))))
  }

  /** Older contents; who may not see them is shown nothing. */
  async versions(/** @type {any} */ entry) {
    const found = await versions.list(entry.id).catch(() => []), may = entry.can?.includes("W")
    if (!found.length) return h("p", { class: "muted" }, t("versions.none"))
    return h("ul", { class: "lines" }, found.map(each => h("li", {}, h("div", { class: "grow" }, h("div", {}, exactly(each.modified)), h("small", {}, size(each.size))),
      h("button", { class: "round", "aria-label": t("versions.download", { when: exactly(each.modified) }), title: t("action.download"), onclick: () => this.download(entry, each) }, icon("download")),
      may && h("button", { class: "round", "aria-label": t("versions.restore", { when: exactly(each.modified) }), title: t("action.restore"), onclick: () => this.restore(entry, each) }, icon("restore")))))
  }

  download(/** @type {any} */ entry, /** @type {any} */ version) {
    return this.app.try(async () => {
      const address = URL.createObjectURL(await content(versions.address(entry.id, version.key)))
      save(address, entry.name)
      setTimeout(() => URL.revokeObjectURL(address), 60_000)
    })
  }

  restore(/** @type {any} */ entry, /** @type {any} */ version) {
    return this.app.try(async () => {
      await versions.restore(entry.id, version.key)
      await this.app.folder.refresh()
      this.app.say(t("versions.restored"))
    })
  }
}

customElements.define("details-panel", DetailsPanelElement)

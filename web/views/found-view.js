// What is found wherever it lies: by the words that one types, with filters; one's favourites; what was changed lately.
import { tags as known } from "../api/labels.js"
import { quoted, search } from "../api/search.js"
import { FILES } from "../actions/files.js"
import { lies } from "../actions/find.js"
import { fill, h, HearthElement, icon, style } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import { files } from "../router.js"
import "../elements/details-panel.js"
import "../elements/file-list.js"
import "../elements/tool-bar.js"

await style("views")

const STILL = 220                                   // milliseconds without a key until the server is asked
const KINDS = ["folder", "document", "spreadsheet", "presentation", "pdf", "image", "video", "audio", "archive"]
const TIMES = ["today", "last 7 days", "last 30 days", "this year", "last year"]
const FIXED = { favourites: ["is:favorite", "name"], recent: ['mediatype:file AND mtime:"last 30 days"', "modified"] }
const EMPTY = { search: "search", favourites: "star", recent: "history" }

class FoundViewElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null
  total = 0

  begin() {
    const { app } = this
    this.what = app.place.view
    this.asked = { ...app.place.ask }
    this.tools = h("tool-bar", { app, actions: FILES, first: ["download", "share", "move", "remove"], hidden: true })
    this.list = h("file-list", { app, href: entry => entry.folder ? this.address(entry) : null, empty: () => this.empty() })
    const search = this.what === "search"
    this.heading = search ? this.field() : h("h1", {}, t(`nav.${this.what}`))
    this.count = h("p", { class: "muted found", role: "status" })
    fill(this, h("div", { class: "head" }, h("div", {}, this.heading, this.tools)), h("section", { class: "body" }, search && this.filters(), this.count, this.list))
    this.listen(app.selection, "change", () => this.chosen())
    this.listen(app.folder, "change", () => this.told())
    this.listen(this, "menu", ({ detail }) => this.tools.menu(detail.at))
    this.listen(this, "open-entry", ({ detail }) => this.open(detail.entry))
    app.selection.clear()
    app.title(t(`nav.${this.what}`))
    if (app.details) this.toggle(true)
    this.look()
  }

  field() {
    this.input = h("input", { type: "search", value: this.asked.q || "", placeholder: t("search.hint"), "aria-label": t("nav.search"), autocomplete: "off", enterkeyhint: "search", oninput: () => this.typed() })
    this.listen(this.input, "keydown", event => {
      if (event.key !== "ArrowDown" && event.key !== "Enter") return
      event.preventDefault()
      if (event.key === "Enter") this.typed(0)
      this.list.grid.focus()
      if (this.app.selection.at < 0 && this.app.folder.entries.length) this.app.selection.only(0)
    })
    setTimeout(() => this.input.focus())
    return h("div", { class: "search-field" }, h("h1", { class: "unseen" }, t("nav.search")), icon("search"), this.input)
  }

  filters() {
    const choose = (name, all, values, text) => {
      const made = h("select", { "aria-label": t(`search.${name}`), onchange: () => this.filter(name, made.value) }, h("option", { value: "" }, t(all)), values.map(each => h("option", { value: each, selected: this.asked[name] === each }, text(each))))
      made.classList.toggle("on", Boolean(this.asked[name]))
      return made
    }
    const bar = h("div", { class: "filters", role: "group", "aria-label": t("search.filters") }, choose("kind", "search.any-kind", KINDS, each => t(`media.${each}`)), choose("when", "search.any-time", TIMES, each => t(`time.${each}`)))
    const within = this.asked.in && h("button", { class: "on", "aria-pressed": "true", onclick: event => { this.filter("in", ""); event.currentTarget.remove() } }, t("search.in", { name: this.asked.name || "…" }), icon("close"))
    if (within) bar.append(within)
    known().then(all => all.length && bar.append(choose("tag", "search.any-tag", [...new Set([...all, this.asked.tag].filter(Boolean))], each => each)), () => {})
    return bar
  }

  filter(/** @type {string} */ name, /** @type {string} */ value) {
    this.asked[name] = value
    for (const each of this.querySelectorAll(".filters select")) each.classList.toggle("on", Boolean(/** @type {any} */ (each).value))
    this.typed(0)
  }

  typed(wait = STILL) {
    clearTimeout(this.wait)
    this.wait = setTimeout(() => {
      this.asked.q = this.input.value.trim()
      history.replaceState(history.state, "", "/search?" + new URLSearchParams(Object.entries(this.asked).filter(each => each[1])))
      this.app.address = location.pathname + location.search
      this.look()
    }, wait)
  }

  end() {
    clearTimeout(this.wait)
  }

  /** What is asked for, as the server's language of queries has it; null for nothing. */
  get pattern() {
    if (FIXED[this.what]) return FIXED[this.what][0]
    const { q = "", kind, when, tag, in: scope } = this.asked, words = quoted(q)
    const all = [words && `(name:"*${words}*" OR content:"${words}" OR tag:"${words}")`, kind && `mediatype:"${quoted(kind)}"`, when && `mtime:"${quoted(when)}"`, tag && `tag:"${quoted(tag)}"`].filter(Boolean)
    return all.length ? all.join(" AND ") + (scope ? ` scope:${scope.replace(/[\s"]/g, "")}` : "") : null
  }

  look() {
    const { app, pattern } = this, sort = FIXED[this.what]?.[1] || "score", words = quoted(this.asked.q || "").toLowerCase()
    this.nothing = pattern === null
    const source = async (/** @type {AbortSignal} */ signal) => {
      const { entries, total } = pattern === null ? { entries: [], total: 0 } : await search(pattern, { sort: /** @type {any} */ (sort) }, signal)
      this.total = total
      return { entries: entries.map(each => ({ ...each, words, in: lies(app, each) })) }
    }
    app.selection.clear()
    // While somebody types, what was found before stays until the answer is there.
    if (app.folder.source !== this.source || !this.source) app.folder.open(source, { by: "as-found", down: false })
    else {
      app.folder.source = source
      app.folder.refresh()
    }
    this.source = source
  }

  told() {
    const { entries, state } = this.app.folder
    this.count.textContent = this.what !== "search" || state !== "ready" || this.nothing || !entries.length ? "" : entries.length < this.total ? t("search.first", { n: entries.length, all: this.total }) : t("search.found", { n: this.total })
  }

  address(/** @type {any} */ entry) {
    const drive = this.app.drives.byId(entry.drive)
    return drive ? files(drive, entry.path) : `/f/${encodeURIComponent(entry.id)}`
  }

  open(/** @type {any} */ entry) {
    if (entry.folder) this.app.go(this.address(entry))
    else this.app.dialog("view-dialog", { entry })
  }

  toggle(on = !this.app.details) {
    this.app.details = on
    if (on && !this.panel) this.append(this.panel = h("details-panel", { app: this.app }))
    if (this.panel) Object.assign(this.panel, { hidden: !on }).draw()
  }

  empty() {
    const name = this.what === "search" && !this.nothing ? "none" : this.what
    return [icon(EMPTY[this.what]), h("h2", {}, t(`found.${name}`)), h("p", { class: "muted" }, t(`found.${name}-hint`))]
  }

  chosen() {
    const some = this.app.selection.entries.length > 0
    this.tools.hidden = !some
    this.heading.hidden = some
  }
}

customElements.define("found-view", FoundViewElement)

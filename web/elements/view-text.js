// A text: shown, with Markdown as what it means, and written. It is saved only over what was read; where somebody else was faster one chooses:
// mine as a copy, theirs, or both beside each other. What was written and not saved is still there when the text is opened again.
import { read, write } from "../api/content.js"
import * as dav from "../api/dav.js"
import { fill, h, HearthElement, icon } from "../lib/html.js"
import { another, t } from "../lib/i18n.js"
import { beside } from "../lib/lines.js"
import { markdown } from "../lib/markdown.js"

/** What was written and not saved, by id. @type {Map<string, {text: string, etag: string}>} */
const drafts = new Map()

class ViewTextElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null
  /** @type {import("../api/dav.js").Entry} */
  entry = null
  edit = false
  etag = ""
  /** @type {string|null} as it was saved */
  saved = null
  breaks = "\n"
  foreign = false
  /** @type {Promise<any>|null} */
  saving = null

  async begin() {
    this.listen(window, "beforeunload", event => this.dirty && event.preventDefault())
    fill(this, h("p", { class: "muted" }, t("view.loading")))
    try {
      const { text, etag, foreign } = await read(this.entry, this.stop.signal), draft = drafts.get(this.entry.id)
      this.foreign = foreign
      this.have(text, etag)
      this.look()
      if (draft || this.edit) this.write()
      if (!draft) return
      this.etag = draft.etag
      this.field.value = draft.text
      this.changed()
    } catch (error) {
      if (error.name !== "AbortError") fill(this, h("p", { class: "wrong" }, this.app.why(error)))
    }
  }

  end() {
    if (this.dirty) drafts.set(this.entry.id, { text: this.field.value, etag: this.etag })
    else if (this.saved !== null) drafts.delete(this.entry.id)
  }

  get dirty() {
    return Boolean(this.field) && this.field.value !== this.saved
  }

  look() {
    this.field = null
    const written = /\.(md|markdown)$/i.test(this.entry.name)
    fill(this, written ? h("article", { class: "markdown", tabindex: "0" }, markdown(this.saved)) : h("pre", { tabindex: "0" }, this.saved))
  }

  write() {
    if (this.field) return this.field.focus()       // a draft is being written already
    this.edit = true                                // where it is not there yet, then afterwards
    if (this.saved === null || this.foreign) return this.foreign && this.app.say(t("edit.foreign"))
    this.field = h("textarea", { "aria-label": this.entry.name, spellcheck: "true", value: this.saved, oninput: () => this.changed() })
    this.told = h("small", { class: "grow", role: "status" })
    this.ok = h("button", { class: "primary", disabled: true, onclick: () => this.save() }, t("edit.save"))
    this.bar = h("div", { class: "bar" }, this.told, h("button", { onclick: () => this.say("leave") }, t("close")), this.ok)
    this.trouble = h("div", { class: "trouble", role: "alert", hidden: true })
    fill(this, this.trouble, this.field, this.bar)
    this.listen(this.field, "keydown", event => {
      if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      this.save()
    })
    this.field.focus()
    this.field.setSelectionRange(0, 0)
    return undefined
  }

  changed() {
    this.ok.disabled = !this.dirty
    this.told.textContent = this.dirty ? t("edit.unsaved") : ""
  }

  /** Who leaves waits for what is on its way. */
  save(guard = { "If-Match": this.etag }) {
    this.saving = this.send(guard)
    return this.saving
  }

  async send(/** @type {Record<string, string>} */ guard) {
    if (!this.dirty && guard["If-Match"] === this.etag || this.ok.disabled) return
    const { entry } = this, text = this.field.value
    this.ok.disabled = true
    try {
      this.etag = await write(entry.drive, entry.path, text.replaceAll("\n", this.breaks), guard)
      this.saved = text
      this.trouble.hidden = true
      if (!this.field.isConnected) this.back()
      this.told.textContent = t("edit.saved")
      await this.app.folder.refresh()
    } catch (error) {
      if (error.status === 412) await this.meet()
      else this.app.say(this.app.why(error))
    }
    this.ok.disabled = !this.dirty
  }

  /** Somebody else saved meanwhile, or took the file away. */
  async meet() {
    const theirs = await read(this.entry).catch(() => null), button = (text, run, extra = "") => h("button", { class: extra, onclick: run }, text)
    this.trouble.hidden = false
    fill(this.trouble, h("p", {}, icon("warn"), t(theirs ? "edit.met" : "edit.gone")), h("div", { class: "row" },
      theirs && !theirs.foreign && button(t("edit.theirs"), () => this.take(theirs)), theirs && button(t("edit.compare"), () => this.compare(theirs)), button(t("edit.copy"), () => this.copy(), "primary")))
  }

  take(/** @type {{text: string, etag: string}} */ theirs) {
    const mine = this.field.value
    this.have(theirs.text, theirs.etag)
    this.field = null
    this.write()
    const back = () => {
      this.field.value = mine
      this.trouble.hidden = true
      this.changed()
      this.field.focus()
    }
    this.trouble.hidden = false
    fill(this.trouble, h("p", {}, t("edit.taken")), h("div", { class: "row" }, h("button", { onclick: back }, t("edit.back"))))
  }

  /** A text field knows one kind of line break; that of the file is put back when it is saved. */
  have(/** @type {string} */ text, /** @type {string} */ etag) {
    Object.assign(this, { etag, saved: text.replace(/\r\n?/g, "\n"), breaks: text.includes("\r\n") ? "\r\n" : "\n" })
  }

  /** Mine under a name of its own, in the same folder. */
  async copy() {
    const { entry } = this, above = entry.path.slice(0, Math.max(0, entry.path.length - entry.name.length - 1)), text = this.field.value
    await this.app.try(async () => {
      const names = new Set((await dav.list(entry.drive, above)).entries.map(each => each.name)), name = another(entry.name, each => names.has(each)), path = above ? `${above}/${name}` : name
      await write(entry.drive, path, text.replaceAll("\n", this.breaks), { "If-None-Match": "*" })
      this.saved = this.field.value
      await this.app.folder.refresh()
      this.app.say(t("edit.copied", { name }))
      this.say("leave")
    })
  }

  back() {
    fill(this, this.trouble, this.field, this.bar)
    this.field.focus()
  }

  compare(/** @type {{text: string, etag: string}} */ theirs) {
    const lines = beside(this.field.value, theirs.text.replace(/\r\n?/g, "\n"))
    const side = (/** @type {"mine"|"theirs"} */ whose) => h("section", { "aria-label": t(`edit.side-${whose}`) }, h("h3", {}, t(`edit.side-${whose}`)),
      h("pre", { tabindex: "0" }, lines.map(each => h("div", { class: each.same ? "" : each[whose] === null ? "none" : "differs" }, each[whose] === null ? "" : each[whose] || "\u00a0"))))
    fill(this, this.trouble, h("div", { class: "both" }, side("mine"), side("theirs")), h("div", { class: "bar" }, h("span", { class: "grow" }),
      h("button", { onclick: () => this.back() }, t("edit.back")),
      h("button", { onclick: () => { this.ok.disabled = false; this.save({ "If-Match": theirs.etag }) } }, t("edit.mine"))))
  }
}

customElements.define("view-text", ViewTextElement)

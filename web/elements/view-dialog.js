// Shows files over the whole window, one after the other: pictures, films, sounds, texts, PDF; anything else can be downloaded.
// What people put into files is never a page of ours.
import { content, downloadAddress } from "../api/content.js"
import { address } from "../api/dav.js"
import { preview } from "../api/previews.js"
import { download } from "../actions/download.js"
import { fill, h, icon, style } from "../lib/html.js"
import { kind, legible, size, t } from "../lib/i18n.js"
import { HearthDialog } from "./hearth-dialog.js"
import { lay } from "./over.js"
import "./view-picture.js"

await style("viewer")

const SHOWN_SECONDS = 5, TEXT = 1 << 20, PDF = 64 << 20

class ViewDialogElement extends HearthDialog {
  width = "viewer"
  /** @type {import("../api/dav.js").Entry} */
  entry = null
  /** @type {import("../api/dav.js").Entry[]} what can be stepped through; the list that is shown, if nothing else is given */
  entries = null
  edit = false
  #playing = null
  leaving = false                                   // it is being asked whether one may

  begin() {
    this.entries ||= this.app.folder.entries.filter(each => !each.folder)
    this.stage = h("div", { class: "stage" })
    const go = way => h("button", { class: `round side ${way < 0 ? "before" : "after"}`, "aria-label": t(way < 0 ? "view.previous" : "view.next"), title: t(way < 0 ? "view.previous" : "view.next"), onclick: () => this.step(way) }, icon(way < 0 ? "back" : "next"))
    this.play = h("button", { class: "round", onclick: () => this.slides() })
    this.pencil = h("button", { class: "round", "aria-label": t("view.edit"), title: t("view.edit"), onclick: () => this.write() }, icon("rename"))
    this.count = h("small", { class: "desk-only" })
    this.show(this.entry.name, this.stage, this.entries.length > 1 && [go(-1), go(1)])
    this.body.querySelector("header .round").before(this.count, this.pencil, this.play, h("button", { class: "round", "aria-label": t("action.download"), title: t("action.download"), onclick: () => download(this.app, [this.entry]) }, icon("download")))
    this.body.querySelector("h2").setAttribute("aria-live", "polite")
    this.listen(this, "keydown", event => this.key(event))
    this.listen(this, "step", ({ detail }) => this.step(detail))
    this.listen(this, "leave", () => this.close())
    this.listen(this, "nothing", () => this.plain())
    this.listen(this.body, "cancel", event => { event.preventDefault(); this.close() })
    this.draw()
  }

  end() {
    clearInterval(this.#playing)
    URL.revokeObjectURL(this.blob)
  }

  async close(/** @type {any} */ value = null) {
    if (this.leaving) return
    this.leaving = true
    const free = await this.free()
    this.leaving = false
    if (free) super.close(value ?? this.value)
    else lay(this)                                  // Back had led out of it
  }

  /** Whether one may go on: nothing that was written here would be lost, or that is wanted. */
  async free() {
    await this.pane?.saving
    return !this.pane?.dirty || await this.app.dialog("confirm-dialog", { heading: t("edit.leave"), text: t("edit.leave-text"), action: t("edit.forget") })
  }

  /** Write what is shown, as soon as it is there. */
  write() {
    this.pencil.hidden = true
    if (this.pane) this.pane.write()
    else this.edit = true
  }

  key(/** @type {KeyboardEvent} */ event) {
    if (event.target instanceof HTMLMediaElement || /** @type {Element} */ (event.target).matches("textarea, input") || event.ctrlKey || event.metaKey || event.altKey) return
    const does = { ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1), "+": () => this.pane?.zoom?.(1.5), "-": () => this.pane?.zoom?.(1 / 1.5), "0": () => this.pane?.zoom?.(0) }[event.key]
    if (!does) return
    event.preventDefault()
    does()
  }

  /** The next thing; in a slide show, the next picture. */
  async step(/** @type {number} */ way) {
    if (!await this.free()) return
    const all = this.#playing ? this.entries.filter(each => kind(each) === "image") : this.entries, at = all.findIndex(each => each.id === this.entry.id)
    if (all.length < 2) return
    this.entry = all[(at + way + all.length) % all.length]
    this.draw()
  }

  slides() {
    if (this.#playing) clearInterval(this.#playing)
    this.#playing = this.#playing ? null : setInterval(() => document.hidden || this.step(1), SHOWN_SECONDS * 1000)
    this.tools()
  }

  tools() {
    const text = t(this.#playing ? "view.pause" : "view.slides"), what = kind(this.entry)
    this.play.setAttribute("aria-label", text)
    this.play.title = text
    fill(this.play, icon(this.#playing ? "pause" : "play"))
    this.play.hidden = !(what === "image" && this.entries.filter(each => kind(each) === "image").length > 1)
    this.pencil.hidden = !(what === "text" || what === "code") || this.entry.size > TEXT || !this.entry.can?.includes("W")
    this.count.textContent = this.entries.length > 1 ? t("view.count", { at: this.entries.findIndex(each => each.id === this.entry.id) + 1, all: this.entries.length }) : ""
  }

  async draw() {
    const { entry, app } = this, what = kind(entry)
    this.value = entry.id                           // what it is answered with: where one was in the end
    this.body.querySelector("h2 bdi").textContent = legible(entry.name)
    this.body.classList.toggle("dark", ["image", "video"].includes(what) || Boolean(entry.preview) && !["text", "code", "pdf", "audio"].includes(what))
    this.tools()
    this.pane = null
    fill(this.stage)
    try {
      if ((what === "text" || what === "code") && entry.size <= TEXT) {
        await app.load("elements/view-text")
        if (entry === this.entry) fill(this.stage, this.pane = h("view-text", { app, entry, edit: this.edit }))
        this.pencil.hidden ||= this.edit
        this.edit = false
      } else if (what === "video" || what === "audio") await this.media(entry, what)
      else if (what === "pdf" && navigator.pdfViewerEnabled && entry.size <= PDF) await this.pdf(entry)
      else if (what === "image" || entry.preview) this.picture(entry)
      else this.plain()
    } catch (error) {
      if (error.name !== "AbortError" && entry === this.entry) fill(this.stage, h("p", { class: "wrong" }, app.why(error)))
    }
  }

  picture(/** @type {import("../api/dav.js").Entry} */ entry) {
    const at = this.entries.findIndex(each => each.id === entry.id), { length } = this.entries
    const near = length < 2 ? [] : [1, -1].map(way => this.entries[(at + way + length) % length]).filter(each => each.preview && kind(each) === "image")
    fill(this.stage, this.pane = h("view-picture", { entry, near }))
  }

  /** Played from an address that is good for half an hour and gives any part that is asked for, so that one can seek. */
  async media(/** @type {import("../api/dav.js").Entry} */ entry, /** @type {"video"|"audio"} */ what) {
    const src = await downloadAddress(entry), cover = entry.preview ? await preview(entry, 640, this.stop.signal) : ""
    if (entry !== this.entry) return
    const player = h(what, { src, controls: true, preload: "metadata", playsinline: true, "aria-label": entry.name, ...what === "video" && cover && { poster: cover } })
    player.onerror = async () => {                  // after half an hour a new address, from where it was
      const at = player.currentTime
      if (player.error?.code !== 2 || !at || player.again) return this.plain()
      player.again = true
      player.src = await downloadAddress(entry)
      player.currentTime = at
    }
    fill(this.stage, what === "audio" ? h("div", { class: "nothing" }, cover ? h("img", { src: cover, alt: "" }) : marked(what), player) : player)
  }

  /** By the browser's own viewer, which is a program apart; as what, is said by us and not by the file. */
  async pdf(/** @type {import("../api/dav.js").Entry} */ entry) {
    fill(this.stage, h("p", { class: "muted" }, t("view.loading")))
    const found = await content(address(entry.drive, entry.path))
    if (entry !== this.entry) return
    URL.revokeObjectURL(this.blob)
    this.blob = URL.createObjectURL(new Blob([found], { type: "application/pdf" }))
    const before = document.activeElement
    fill(this.stage, h("iframe", { src: this.blob, title: entry.name }))
    // The viewer takes the focus when it has begun, and with it Escape and the arrows; after that it is whose people give it to.
    addEventListener("blur", () => setTimeout(() => before instanceof HTMLElement && before.focus()), { once: true, signal: this.stop.signal })
  }

  plain() {
    const what = kind(this.entry)
    this.body.classList.remove("dark")
    fill(this.stage, h("div", { class: "nothing" }, marked(what), h("p", {}, t("view.none")), h("small", {}, `${t(`kind.${what}`)} · ${size(this.entry.size)}`),
      h("button", { class: "primary", onclick: () => download(this.app, [this.entry]) }, icon("download"), t("action.download"))))
  }
}

function marked(/** @type {string} */ what) {
  const picture = icon(what, "kind")
  picture.setAttribute("data-kind", what)
  return picture
}

customElements.define("view-dialog", ViewDialogElement)

// Shows a picture, a film, a sound or a text; anything else can be downloaded. What people put into files is never a page here.
import * as dav from "../api/dav.js"
import { preview } from "../api/previews.js"
import { download } from "../actions/download.js"
import { kind, size } from "../lib/format.js"
import { fill, h, icon } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import { HearthDialog } from "./hearth-dialog.js"

const TEXT = 512 * 1024                             // bytes of a text that is shown
const LARGE = 1600                                  // pixels
const SHOWN = ["image", "video", "audio", "text", "code"]

class ViewDialogElement extends HearthDialog {
  width = "viewer"
  /** @type {import("../api/dav.js").Entry} */
  entry = null

  begin() {
    this.stage = h("div", { class: "stage", "aria-live": "polite" })
    const go = way => h("button", { class: "round", "aria-label": t(way < 0 ? "view.previous" : "view.next"), onclick: () => this.step(way) }, icon(way < 0 ? "back" : "next"))
    const foot = h("footer", {}, go(-1), go(1), h("span", { class: "grow" }), h("button", { onclick: () => download(this.app, [this.entry]) }, icon("download"), t("action.download")))
    this.show(this.entry.name, this.stage, foot)
    this.listen(this, "keydown", event => {
      if (event.target instanceof HTMLMediaElement) return
      if (event.key === "ArrowLeft") this.step(-1)
      else if (event.key === "ArrowRight") this.step(1)
    })
    this.draw()
  }

  /** The next thing of the list that can be shown. */
  step(/** @type {number} */ way) {
    const all = this.app.folder.entries.filter(each => !each.folder), at = all.findIndex(each => each.id === this.entry.id)
    if (all.length < 2) return
    this.entry = all[(at + way + all.length) % all.length]
    this.draw()
  }

  async draw() {
    const { entry } = this, what = kind(entry)
    this.body.querySelector("h2").textContent = entry.name
    if (!SHOWN.includes(what) && entry.preview) return this.instead()
    if (!SHOWN.includes(what) || what === "text" && entry.size > TEXT || what === "code" && entry.size > TEXT) return this.plain()
    fill(this.stage)
    try {
      if (what === "text" || what === "code") {
        const text = await (await dav.content(dav.address(entry.drive, entry.path))).text()
        if (entry === this.entry) fill(this.stage, h("pre", { tabindex: "0" }, text))
        return undefined
      }
      const src = await dav.downloadAddress(entry)
      if (entry !== this.entry) return undefined
      const failed = () => this.instead()
      fill(this.stage, what === "image" ? h("img", { src, alt: entry.name, onerror: failed }) : h(what, { src, controls: true, autoplay: false, preload: "metadata", "aria-label": entry.name, onerror: failed }))
    } catch (error) {
      fill(this.stage, h("p", { class: "wrong" }, this.app.why(error)))
    }
    return undefined
  }

  /** What this browser cannot show, as HEIC, may have a picture all the same. */
  async instead() {
    const { entry } = this, src = entry.preview ? await preview(entry, LARGE, this.stop.signal) : ""
    if (entry !== this.entry) return
    if (src) fill(this.stage, h("img", { src, alt: entry.name, onerror: () => this.plain() }))
    else this.plain()
  }

  plain() {
    const what = kind(this.entry), picture = icon(what, "kind")
    picture.setAttribute("data-kind", what)
    fill(this.stage, h("div", { class: "nothing" }, picture, h("p", {}, t("view.none")), h("small", {}, `${t(`kind.${what}`)} · ${size(this.entry.size)}`)))
  }
}

customElements.define("view-dialog", ViewDialogElement)

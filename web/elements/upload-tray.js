// What is on its way to the server: how far, how fast, how long still; pause, go on, try again.
import { another, lasting, legible, size, t } from "../lib/i18n.js"
import { fill, h, HearthElement, icon, style } from "../lib/html.js"

await style("tray")

const MOST = 100                                    // rows; of more, those that are not done come first

class UploadTrayElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null
  open = !matchMedia("(max-width: 719px)").matches   // on a phone it would lie over the list until somebody folds it
  #rows = new Map()
  #rate = 0
  #last = { at: 0, sent: 0 }

  begin() {
    this.setAttribute("role", "region")
    this.setAttribute("aria-label", t("tray.label"))
    this.heading = h("h2", { "aria-live": "polite" })
    this.rest = h("small")
    this.bar = h("progress", { "aria-label": t("tray.label") })
    this.list = h("ul", { class: "lines" })
    this.fold = h("button", { class: "round", "aria-label": t("tray.fold"), onclick: () => { this.open = !this.open; this.draw() } }, icon("down"))
    this.picker = h("input", { type: "file", hidden: true, "aria-label": t("tray.choose"), onchange: () => this.found() })
    this.all = h("button", { class: "round", onclick: () => this.app.uploads.turn() })
    fill(this, h("div", { class: "top" }, h("div", { class: "grow" }, this.heading, this.rest), this.all, this.fold, h("button", { class: "round", "aria-label": t("tray.clear"), onclick: () => this.app.uploads.clear() }, icon("close"))), this.bar, this.list, this.picker)
    this.listen(this.app.uploads, "change", () => this.draw())
    this.draw()
  }

  draw() {
    const { uploads } = this.app, { all, active } = uploads, { size: whole, sent } = uploads.sum
    this.hidden = !all.length
    this.list.hidden = !this.open
    this.fold.setAttribute("aria-expanded", this.open)
    const failed = all.filter(each => each.state === "failed" || each.state === "lost").length
    const heading = active.length ? t("tray.running", { n: active.length }) : failed ? t("tray.failed", { n: failed }) : all.some(each => each.state === "paused") ? t("tray.paused") : t("tray.done", { n: all.length })
    if (this.heading.textContent !== heading) this.heading.textContent = heading
    this.bar.hidden = !active.length
    const held = !active.length && all.some(each => each.state === "paused"), text = t(held ? "tray.all-on" : "tray.all-pause")
    this.all.hidden = !active.length && !held
    if (this.all.title !== text) { this.all.title = text; this.all.setAttribute("aria-label", text); fill(this.all, icon(held ? "play" : "pause")) }
    this.bar.max = whole || 1
    this.bar.value = sent
    this.rest.textContent = active.length ? this.speed(whole, sent) : ""
    const shown = all.length > MOST ? [...all].sort((a, b) => Number(a.state === "done") - Number(b.state === "done")).slice(0, MOST) : all
    for (const [upload, row] of this.#rows) if (!shown.includes(upload)) { row.remove(); this.#rows.delete(upload) }
    for (const upload of shown) this.row(upload)
  }

  /** Bytes a second, smoothed, and what that means for the rest. */
  speed(/** @type {number} */ whole, /** @type {number} */ sent) {
    const now = Date.now(), { at, sent: before } = this.#last
    if (now - at > 400) {
      const rate = at && sent > before ? (sent - before) / (now - at) * 1000 : this.#rate
      this.#rate = this.#rate ? this.#rate * .7 + rate * .3 : rate
      this.#last = { at: now, sent }
    }
    return this.#rate ? t("tray.rest", { rate: size(this.#rate), time: lasting((whole - sent) / this.#rate) }) : `${size(sent)} / ${size(whole)}`
  }

  row(/** @type {import("../model/upload.js").Upload} */ upload) {
    let row = this.#rows.get(upload)
    if (!row) {
      row = h("li", {}, h("div", { class: "grow" }, h("bdi", {}, legible(upload.name)), h("small"), h("progress", { "aria-label": legible(upload.name) })), h("span", { class: "do" }))
      this.#rows.set(upload, row)
      this.list.append(row)
    }
    const [, note, bar] = row.firstElementChild.children, part = `${size(upload.sent)} / ${size(upload.size)}`
    bar.max = upload.size || 1
    bar.value = upload.sent
    bar.hidden = upload.state === "done" || upload.state === "failed"
    note.textContent = upload.error ? upload.error.status === 412 ? t("tray.taken") : this.app.why(upload.error) : upload.state === "running" ? part : t(`tray.state-${upload.state}`, { size: size(upload.size) })
    row.className = upload.state
    if (row.state === upload.state) return
    row.state = upload.state
    const { uploads } = this.app, button = (name, text, run) => h("button", { class: "round", "aria-label": `${text}: ${legible(upload.name)}`, title: text, onclick: run }, icon(name))
    fill(row.lastElementChild, upload.state === "done" ? icon("check", "good") : [
      ["running", "waiting"].includes(upload.state) && button("pause", t("tray.pause"), () => uploads.pause(upload)),
      upload.state === "paused" && button("play", t("tray.go-on"), () => uploads.resume(upload)),
      upload.state === "failed" && upload.error?.status !== 507 && button("again", t("again"), () => this.again(upload)),
      upload.state === "lost" && h("button", { onclick: () => { this.wanted = upload; this.picker.click() } }, t("tray.choose")),
      button("close", t("cancel"), () => uploads.remove(upload))])
  }

  /** Try again; where the name was taken meanwhile, under another one. */
  again(/** @type {import("../model/upload.js").Upload} */ upload) {
    if (upload.error?.status === 412) {
      upload.name = another(upload.name, name => Boolean(this.app.folder.named(name)))
      upload.guard = { "If-None-Match": "*" }
    }
    this.app.uploads.resume(upload)
  }

  /** The file of an upload that a reload interrupted has been chosen again. */
  found() {
    const [file] = this.picker.files, upload = this.wanted
    this.picker.value = ""
    if (!file || !upload) return
    if (!upload.is(file)) return this.app.say(t("tray.other", { name: upload.name }))
    const { drive, folder, name } = upload
    this.app.uploads.add([{ drive, folder, name, file }])
  }
}

customElements.define("upload-tray", UploadTrayElement)

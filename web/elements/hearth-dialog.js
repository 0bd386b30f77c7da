// What dialogs have in common: a title, a cross, an answer. Leaving one answers null.
import { HearthElement } from "../lib/element.js"
import { fill, h, icon } from "../lib/html.js"
import { t } from "../lib/i18n.js"

let count = 0

export class HearthDialog extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null
  width = ""
  /** @type {(value: any) => void} */
  #done = () => {}
  answer = new Promise(resolve => { this.#done = resolve })

  /** Show the dialog with these parts. */
  show(/** @type {string} */ title, /** @type {any[]} */ ...parts) {
    const id = `dialog-${++count}`
    this.body = h("dialog", { "aria-labelledby": id, class: this.width }, h("header", {}, h("h2", { id }, h("bdi", {}, title)),
      h("button", { class: "round", type: "button", "aria-label": t("close"), onclick: () => this.close() }, icon("close"))), parts)
    fill(this, this.body)
    this.body.addEventListener("close", () => this.#done(this.value ?? null))
    this.body.addEventListener("pointerdown", event => { if (event.target === this.body) this.close() })
    this.body.showModal()
  }

  close(/** @type {any} */ value = null) {
    this.value = value
    this.body.close()
  }
}

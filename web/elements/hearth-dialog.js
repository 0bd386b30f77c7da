// What dialogs have in common: a title, a cross, an answer. Leaving one answers null, also by Back.
import { fill, h, HearthElement, icon, style } from "../lib/html.js"
import { legible, t } from "../lib/i18n.js"
import { lay, lift } from "./over.js"

await style("dialogs")

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
    this.body = h("dialog", { "aria-labelledby": id, class: this.width }, h("header", {}, h("h2", { id }, h("bdi", {}, legible(title))),
      h("button", { class: "round", type: "button", "aria-label": t("close"), onclick: () => this.close() }, icon("close"))), parts)
    fill(this, this.body)
    this.body.addEventListener("close", () => lift(this).then(() => this.#done(this.value ?? null)))
    this.body.addEventListener("pointerdown", event => { if (event.target === this.body) this.close() })
    this.body.showModal()
    lay(this)
  }

  close(/** @type {any} */ value = null) {
    this.value = value
    lift(this)
    this.body.close()
  }
}

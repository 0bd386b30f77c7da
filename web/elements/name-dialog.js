// Asks for a name and saves it; what is wrong with it is said right there.
import { split, t } from "../lib/i18n.js"
import { h } from "../lib/html.js"
import { HearthDialog } from "./hearth-dialog.js"

const LONGEST = 255                                 // bytes, which is what disks count: an umlaut has two

class NameDialogElement extends HearthDialog {
  title = ""
  label = ""
  action = ""
  value = ""
  folder = false
  /** @type {(name: string) => Promise<any>} */
  save = async () => {}

  begin() {
    this.field = h("input", { id: "name-field", value: this.value, required: true, maxlength: "255", autocomplete: "off", spellcheck: "false", autofocus: true })
    this.wrong = h("p", { class: "wrong", role: "alert", hidden: true })
    this.ok = h("button", { class: "primary" }, this.action)
    this.value = null
    this.show(this.title, h("form", { method: "dialog", onsubmit: event => this.send(event) },
      h("div", { class: "inside" }, h("div", { class: "field" }, h("label", { for: "name-field" }, this.label), this.field), this.wrong),
      h("footer", {}, h("button", { type: "button", onclick: () => this.close() }, t("cancel")), this.ok)))
    this.field.focus()
    this.field.setSelectionRange(0, split(this.field.value, this.folder)[0].length)
  }

  async send(/** @type {Event} */ event) {
    event.preventDefault()
    const name = this.field.value.trim()
    if (!name || name === "." || name === ".." || /[/\\\p{Cc}]/u.test(name)) return this.complain(t("name.bad"))
    if (new TextEncoder().encode(name).length > LONGEST) return this.complain(t("name.long"))
    this.ok.disabled = true
    try {
      await this.save(name)
      this.close(name)
    } catch (error) {
      this.complain([405, 409, 412].includes(error.status) ? t("name.taken") : error.status === 400 && error.message ? error.message : this.app.why(error))
    }
    this.ok.disabled = false
    return undefined
  }

  complain(/** @type {string} */ text) {
    this.wrong.hidden = false
    this.wrong.textContent = text
    this.field.setAttribute("aria-invalid", "true")
    this.field.focus()
  }
}

customElements.define("name-dialog", NameDialogElement)

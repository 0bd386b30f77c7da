// Asks for a few things and saves them; what is wrong with them is said right there. Answers what was saved.
import { h } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import { HearthDialog } from "./hearth-dialog.js"

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {string} [type]  of an input; "select", "check", "checks" or "area" for what is none
 * @property {any} [value]
 * @property {[string, string][]} [options]  value and text, of "select" and "checks"
 * @property {string} [hint]
 * @property {boolean} [required]
 * @property {Record<string, any>} [more]  attributes
 */

class FormDialogElement extends HearthDialog {
  heading = ""
  text = ""
  action = ""
  /** @type {Field[]} */
  fields = []
  /** @type {any[]} */
  extra = []
  /** @type {(values: Record<string, any>) => Promise<any>} */
  save = async () => {}
  /** What depends on what was chosen: called at first and with each change; `offer` shows a field, or leaves it out. @type {(elements: any, offer: (name: string, on: boolean) => void) => void} */
  change = () => {}

  begin() {
    this.wrong = h("p", { class: "wrong", role: "alert", hidden: true })
    this.ok = h("button", { class: "primary" }, this.action)
    this.form = h("form", { onsubmit: (/** @type {Event} */ event) => this.send(event) },
      h("div", { class: "inside" }, this.text && h("p", {}, this.text), this.fields.map(each => this.field(each)), this.wrong, this.extra),
      h("footer", {}, h("button", { type: "button", onclick: () => this.close() }, t("cancel")), this.ok))
    this.show(this.heading, this.form)
    const { elements } = this.form, change = () => this.change(elements, (name, on) => {
      elements[name].disabled = !on
      elements[name].closest("div").hidden = !on
    })
    this.listen(this.form, "change", change)
    change()
    this.form.elements[0]?.focus()
  }

  field(/** @type {Field} */ { name, label, type = "text", value = "", options = [], hint = "", required = false, more = {} }) {
    const id = `form-${name}`, hinted = hint ? `${id}-hint` : null, facts = { id, name, "aria-describedby": hinted, ...more }
    const small = hint && h("small", { id: hinted }, hint)
    if (type === "check") return h("div", {}, h("label", { class: "check" }, h("input", { type: "checkbox", ...facts, checked: Boolean(value) }), label), small)
    if (type === "checks") {
      return h("fieldset", {}, h("legend", {}, label), options.map(([each, text]) => h("label", { class: "check" }, h("input", { type: "checkbox", name, value: each, checked: value.includes(each) }), text)), small)
    }
    const input = type === "select" ? h("select", facts, options.map(([each, text]) => h("option", { value: each, selected: each === value }, text)))
      : type === "area" ? h("textarea", { ...facts, rows: "4", spellcheck: "false" }, value) : h("input", { type, ...facts, value, required, autocomplete: "off" })
    return h("div", { class: "field" }, h("label", { for: id }, label), input, small)
  }

  async send(/** @type {Event} */ event) {
    event.preventDefault()
    const data = new FormData(this.form)
    /** @type {Record<string, any>} */
    const values = {}
    for (const { name, type } of this.fields) {
      const typed = String(data.get(name) ?? "")
      values[name] = type === "check" ? data.has(name) : type === "checks" ? data.getAll(name).map(String) : type === "password" ? typed : typed.trim()
    }
    this.ok.disabled = true
    this.wrong.hidden = true
    try {
      await this.save(values)
      this.close(values)
    } catch (error) {
      this.wrong.hidden = false
      this.wrong.textContent = [400, 409, 422, 503].includes(error.status) && error.message || this.app.why(error)
      this.wrong.scrollIntoView({ block: "nearest" })
    }
    this.ok.disabled = false
  }
}

customElements.define("form-dialog", FormDialogElement)

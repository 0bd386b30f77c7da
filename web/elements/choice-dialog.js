// Offers a few ways to go on, each with a sentence about it; answers the name of the one that was chosen.
import { h } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import { HearthDialog } from "./hearth-dialog.js"

class ChoiceDialogElement extends HearthDialog {
  heading = ""
  text = ""
  /** @type {[string, string, string][]} name, label, sentence */
  choices = []

  begin() {
    this.show(this.heading, h("div", { class: "inside" }, this.text && h("p", {}, this.text),
      this.choices.map(([name, label, says]) => h("div", { class: "field" }, h("button", { onclick: () => this.close(name) }, label), h("small", {}, says)))),
      h("footer", {}, h("button", { onclick: () => this.close() }, t("close"))))
  }
}

customElements.define("choice-dialog", ChoiceDialogElement)

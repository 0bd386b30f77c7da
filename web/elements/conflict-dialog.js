// A name is taken: keep both, replace, or skip; once for all if wanted.
import { h } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import { HearthDialog } from "./hearth-dialog.js"

class ConflictDialogElement extends HearthDialog {
  name = ""
  folder = false
  more = false

  begin() {
    const always = h("input", { type: "checkbox" }), choose = choice => this.close({ choice, always: always.checked })
    this.show(t("conflict.title"), h("div", { class: "inside" }, h("p", {}, t(this.folder ? "conflict.folder" : "conflict.text", { name: this.name })),
      this.more && h("label", { class: "check" }, always, t("conflict.all"))), h("footer", {},
      h("button", { onclick: () => choose("skip") }, t("conflict.skip")), h("button", { onclick: () => choose("replace") }, t("conflict.replace")),
      h("button", { class: "primary", autofocus: true, onclick: () => choose("both") }, t("conflict.both"))))
  }
}

customElements.define("conflict-dialog", ConflictDialogElement)

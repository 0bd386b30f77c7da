// Asks before what cannot be undone.
import { h } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import { HearthDialog } from "./hearth-dialog.js"

class ConfirmDialogElement extends HearthDialog {
  heading = ""
  text = ""
  action = ""

  begin() {
    this.show(this.heading, h("div", { class: "inside" }, h("p", {}, this.text)), h("footer", {},
      h("button", { onclick: () => this.close(), autofocus: true }, t("cancel")), h("button", { class: "primary danger", onclick: () => this.close(true) }, this.action)))
  }
}

customElements.define("confirm-dialog", ConfirmDialogElement)

// Shows what is shown once: a password, a code; to be copied, printed or read out.
import { h } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import { HearthDialog } from "./hearth-dialog.js"

class SecretDialogElement extends HearthDialog {
  heading = ""
  text = ""
  /** @type {[string, string][]} */
  secrets = []

  begin() {
    const all = this.secrets.map(([name, value]) => `${name}: ${value}`).join("\n")
    this.show(this.heading, h("div", { class: "inside" }, h("dl", {}, this.secrets.map(([name, value]) => [h("dt", {}, h("small", {}, name)), h("dd", { class: "secret" }, value)])), h("p", {}, this.text)),
      h("footer", {}, navigator.clipboard && h("button", { onclick: () => this.app.try(async () => { await navigator.clipboard.writeText(all); this.app.say(t("admin.copied")) }) }, t("share.copy")),
        h("button", { onclick: () => print() }, t("admin.print")), h("button", { class: "primary", onclick: () => this.close(true) }, t("admin.kept"))))
  }
}

customElements.define("secret-dialog", SecretDialogElement)

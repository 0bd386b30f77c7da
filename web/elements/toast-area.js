// Short messages at the foot of the page, read aloud, with at most one thing to do about each.
import { HearthElement } from "../lib/element.js"
import { h, icon } from "../lib/html.js"
import { t } from "../lib/i18n.js"

const SECONDS = 8, MOST = 3

class ToastAreaElement extends HearthElement {
  begin() {
    this.setAttribute("role", "status")
    this.setAttribute("aria-live", "polite")
  }

  show(/** @type {string} */ text, /** @type {{label: string, run: () => any}|null} */ act) {
    const go = () => toast.remove()
    const toast = h("div", { class: "toast" }, h("p", {}, text),
      act && h("button", { onclick: () => { go(); act.run() } }, act.label),
      h("button", { class: "round", "aria-label": t("close"), onclick: go }, icon("close")))
    this.append(toast)
    while (this.childElementCount > MOST) this.firstElementChild.remove()
    const wait = () => setTimeout(() => toast.matches(":hover, :focus-within") ? wait() : go(), SECONDS * 1000)
    wait()
  }
}

customElements.define("toast-area", ToastAreaElement)

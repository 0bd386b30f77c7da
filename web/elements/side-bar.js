// Where one can go: one's own files, what was shared, spaces, trash; and what one may do about oneself. On a phone it lies at the bottom.
import { HearthElement } from "../lib/element.js"
import { size } from "../lib/format.js"
import { fill, h, icon } from "../lib/html.js"
import { LANGUAGES, language, t } from "../lib/i18n.js"
import { files, trash } from "../router.js"
import { show } from "./context-menu.js"

class SideBarElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null

  begin() {
    this.setAttribute("role", "navigation")
    this.listen(this.app.drives, "change", () => this.draw())
    this.draw()
  }

  draw() {
    const { drives, me } = this.app, { personal, projects } = drives
    this.setAttribute("aria-label", t("nav.label"))
    fill(this,
      h("a", { class: "brand", href: "/" }, icon("hearth"), "Hearth"),
      h("div", { class: "nav" },
        personal && link(files(personal), "home", t("nav.mine"), "", t("nav.files")),
        link("/shared/with-me", "people", t("nav.shared")),
        link("/spaces", "space", t("nav.spaces"), "phone-only"),
        personal && link(trash(personal), "trash", t("nav.trash"))),
      projects.length > 0 && h("h3", { class: "nav-title" }, t("nav.spaces")),
      h("div", { class: "nav desk" }, projects.map(each => link(files(each), "space", each.name)), h("a", { href: "/spaces" }, icon("plus"), h("span", {}, t("nav.all-spaces")))),
      h("div", { class: "foot" },
        personal && this.quota(personal),
        h("div", { class: "nav" }, h("button", { class: "me", "aria-haspopup": "menu", onclick: event => this.menu(event) }, icon("account"), h("span", {}, me.displayName)))))
    this.mark()
  }

  quota(/** @type {import("../api/graph.js").Drive} */ { quota }) {
    if (!quota?.total) return quota && h("p", { class: "quota muted" }, t("quota.used", { used: size(quota.used) }))
    const text = t("quota.of", { used: size(quota.used), total: size(quota.total) })
    return h("div", { class: "quota" }, h("progress", { max: quota.total, value: quota.used, "aria-label": text }), h("small", {}, text))
  }

  /** Show which of the places this is. */
  mark() {
    const here = location.pathname + "/"
    /** @type {HTMLAnchorElement|null} */
    let best = null
    for (const each of /** @type {NodeListOf<HTMLAnchorElement>} */ (this.querySelectorAll(".nav a"))) {
      const address = each.pathname + "/"
      each.removeAttribute("aria-current")
      const same = here.startsWith(address) || address.startsWith("/shared/") && here.startsWith("/shared/") || address.startsWith("/trash/") && here.startsWith("/trash/")
      if (same && (!best || address.length > best.pathname.length + 1)) best = each
    }
    best?.setAttribute("aria-current", "page")
  }

  menu(/** @type {Event} */ event) {
    const theme = localStorage.getItem("theme") || "", next = { "": "light", light: "dark", dark: "" }[theme]
    const other = LANGUAGES.find(each => each !== language)
    show(event.currentTarget, [
      { label: t("me.account"), icon: "account", run: () => location.assign("/account") },
      { label: t(`theme.${theme || "system"}`), icon: "sun", run: () => this.theme(next) },
      { label: t("me.language"), icon: "text", run: () => { localStorage.setItem("language", other); location.reload() } },
      null,
      { label: t("me.out"), icon: "out", run: () => location.assign("/signout") },
    ])
  }

  theme(/** @type {string} */ name) {
    localStorage.setItem("theme", name)
    document.documentElement.dataset.theme = name
    this.app.say(t(`theme.${name || "system"}`))
  }
}

function link(/** @type {string} */ href, /** @type {string} */ picture, /** @type {string} */ text, extra = "", short = "") {
  return h("a", { href, class: extra, title: text }, icon(picture), h("span", { class: short && "desk-only" }, text), short && h("span", { class: "phone-only" }, short))
}

customElements.define("side-bar", SideBarElement)

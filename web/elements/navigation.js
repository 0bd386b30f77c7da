// Where one can go: one's own files, what was shared, spaces, trash; and what one may do about oneself. On a phone it lies at the bottom.
// The way to where one is: each step leads back, and takes what is dropped on it. And what one is told in passing.
import { fill, h, HearthElement, icon, remember, remembered } from "../lib/html.js"
import { language, LANGUAGES, legible, size, t } from "../lib/i18n.js"
import { files, trash } from "../router.js"

const SECONDS = 8, MOST = 3                         // how long a message stays, and how many

class SideBarElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null

  begin() {
    this.setAttribute("role", "navigation")
    this.listen(this.app.drives, "change", () => this.draw())
    this.listen(this, "dragover dragleave drop", event => this.drag(event))
    this.draw()
  }

  /** What is dragged out of a list goes to the top of a space, or to the trash. */
  async drag(/** @type {DragEvent} */ event) {
    const link = /** @type {any} */ (event.target).closest?.("a"), { app } = this, drive = link && [app.drives.personal, ...app.drives.projects].find(each => each && files(each) === link.pathname)
    const bin = link && app.drives.personal && link.pathname === trash(app.drives.personal)
    if (!(drive || bin) || !event.dataTransfer.types.includes("application/x-hearth")) return
    event.preventDefault()
    link.classList.toggle("over", event.type === "dragover")
    if (event.type !== "drop") return
    const { entries } = app.selection, deeds = await app.load("actions/files")
    if (drive) deeds.put(app, "MOVE", entries, drive.id, "")
    else if (entries.every(each => each.can?.includes("D"))) deeds.remove(app, entries)
  }

  draw() {
    const { drives, me } = this.app, { personal, projects } = drives
    this.setAttribute("aria-label", t("nav.label"))
    fill(this,
      h("a", { class: "brand", href: "/" }, icon("hearth"), "Hearth"),
      h("div", { class: "nav" },
        link("/search", "search", t("nav.search")),
        personal && link(files(personal), "home", t("nav.mine"), "", t("nav.files")),
        link("/photos", "image", t("nav.photos")),
        link("/shared/with-me", "people", t("nav.shared")),
        link("/favourites", "star", t("nav.favourites"), "desk"),
        link("/recent", "history", t("nav.recent"), "desk"),
        personal && link(trash(personal), "trash", t("nav.trash"), "desk")),
      projects.length > 0 && h("h3", { class: "nav-title" }, t("nav.spaces")),
      h("div", { class: "nav desk" }, projects.map(each => link(files(each), "space", legible(each.name))), h("a", { href: "/spaces" }, icon("plus"), h("span", {}, t("nav.all-spaces")))),
      h("div", { class: "foot" },
        personal && this.quota(personal),
        h("div", { class: "nav" }, h("button", { class: "bell desk", onclick: () => this.notices() }, icon("bell"), h("span", {}, t("nav.notices")), " ", h("b", { class: "count", hidden: true })),
          h("button", { class: "me", "aria-haspopup": "menu", onclick: event => this.menu(event) }, icon("account"), h("span", { class: "desk-only" }, me.displayName), h("span", { class: "phone-only" }, t("nav.more")), h("b", { class: "count phone-only", hidden: true })))))
    this.mark()
  }

  quota(/** @type {import("../api/dav.js").Drive} */ { quota }) {
    if (!quota?.total) return quota && h("p", { class: "quota muted" }, t("quota.used", { used: size(quota.used) }))
    const text = t("quota.of", { used: size(quota.used), total: size(quota.total) })
    return h("div", { class: "quota" }, h("progress", { max: quota.total, value: quota.used, "aria-label": text }), h("small", {}, text))
  }

  /** Show which of the places this is, and how many notices wait. */
  mark(count = this.app.live?.notices.length || 0) {
    for (const each of this.querySelectorAll(".count")) Object.assign(each, { hidden: !count, textContent: String(count) })
    this.querySelector(".bell")?.setAttribute("aria-label", `${t("nav.notices")} ${count || ""}`.trim())
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

  notices() {
    return this.app.live && this.app.dialog("notices-dialog")
  }

  async menu(/** @type {Event} */ event) {
    const at = event.currentTarget, looksAfter = await this.app.load("api/admin").then(admin => admin.isAdministrator()).catch(() => false)
    const theme = remembered("theme"), next = { "": "light", light: "dark", dark: "" }[theme]
    const other = LANGUAGES.find(each => each !== language)
    const { personal } = this.app.drives, to = (/** @type {string} */ href, /** @type {string} */ picture, /** @type {string} */ label) => ({ label, icon: picture, run: () => this.app.go(href) })
    // What has no room at the foot of a phone.
    const rest = getComputedStyle(this).flexDirection === "column" ? [] : [
      { label: t("notices.count", { n: this.app.live?.notices.length || 0 }), icon: "bell", run: () => this.notices() },
      to("/spaces", "space", t("nav.spaces")), to("/favourites", "star", t("nav.favourites")), to("/recent", "history", t("nav.recent")),
      personal && to(trash(personal), "trash", t("nav.trash")), null]
    this.app.menu(at, [
      ...rest,
      looksAfter && to("/admin", "info", t("me.admin")),
      { label: t("me.account"), icon: "account", run: () => this.leave("/account") },
      { label: t(`theme.${theme || "system"}`), icon: "sun", run: () => this.theme(next) },
      { label: t("me.language"), icon: "text", run: () => this.speak(other) },
      null,
      { label: t("me.out"), icon: "out", run: () => this.leave("/signout") },
    ].filter(item => item || item === null))
  }

  /** Go to a page of the server's, once the menu has left the history. */
  leave(/** @type {string} */ address) {
    return this.app.settled.then(() => location.assign(address))
  }

  /** Speak another language, here and wherever this person signs in. */
  speak(/** @type {string} */ language) {
    return this.app.try(async () => {
      await (await this.app.load("api/me")).speak(language)
      remember("language", language)
      await this.app.settled
      location.reload()
    })
  }

  theme(/** @type {string} */ name) {
    remember("theme", name)
    document.documentElement.dataset.theme = name
    this.app.say(t(`theme.${name || "system"}`))
  }
}

function link(/** @type {string} */ href, /** @type {string} */ picture, /** @type {string} */ text, extra = "", short = "") {
  return h("a", { href, class: extra, title: text }, icon(picture), h("span", { class: short && "desk-only" }, text), short && h("span", { class: "phone-only" }, short))
}

customElements.define("side-bar", SideBarElement)

/** @typedef {{name: string, href: string, path?: string}} Step */

class BreadCrumbsElement extends HearthElement {
  /** @type {Step[]} */
  #steps = []

  set steps(/** @type {Step[]} */ steps) {
    this.#steps = steps
    if (this.isConnected) this.draw()
  }

  begin() {
    this.setAttribute("role", "navigation")
    this.setAttribute("aria-label", t("crumbs.label"))
    this.draw()
  }

  draw() {
    const last = this.#steps.length - 1
    // Of a long way the middle is left out: the parent stays, so that one can go up.
    const shown = this.#steps.map((step, i) => ({ ...step, i })).filter(({ i }) => i === 0 || i >= last - 1 || last < 4)
    fill(this, h("ol", {}, shown.map(({ name, href, path, i }, n) => h("li", { class: i < last - 1 ? "wide-only" : i < last ? "above" : "" },
      n > 0 && icon("next", "wide-only"), n > 0 && shown[n - 1].i < i - 1 && h("span", { class: "muted wide-only", "aria-hidden": "true" }, "… /"),
      i === last ? h("h1", {}, h("bdi", {}, legible(name))) : this.step(name, href, path, i === last - 1)))))
  }

  step(/** @type {string} */ name, /** @type {string} */ href, /** @type {string|undefined} */ path, /** @type {boolean} */ parent) {
    const over = on => event => {
      if (path === undefined || !event.dataTransfer.types.includes("application/x-hearth")) return
      event.preventDefault()
      event.currentTarget.classList.toggle("over", on)
    }
    const drop = event => {
      over(false)(event)
      this.say("drop-on", { path })
    }
    const link = h("a", { href, class: parent ? "wide-only" : "", ondragover: over(true), ondragleave: over(false), ondrop: drop }, h("bdi", {}, legible(name)))
    return parent ? [link, h("a", { href, class: "phone-only", "aria-label": t("crumbs.up", { name }) }, icon("back"))] : link
  }
}

customElements.define("bread-crumbs", BreadCrumbsElement)

/** Short messages at the foot of the page, read aloud, with at most one thing to do about each. */
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
    if (!act) for (const each of [...this.children]) if (each.children.length === 2 && each.firstChild.textContent === text) each.remove()     // said once more
    this.append(toast)
    while (this.childElementCount > MOST) this.firstElementChild.remove()
    const wait = () => setTimeout(() => toast.matches(":hover, :focus-within") ? wait() : go(), SECONDS * 1000)
    wait()
  }
}

customElements.define("toast-area", ToastAreaElement)

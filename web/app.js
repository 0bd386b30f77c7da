// The wiring: who is signed in, what is being looked at, and what is shown for an address. Read this first.
import { json, Failure } from "./api/http.js"
import { access, SignedOut, signIn } from "./api/session.js"
import * as dav from "./api/dav.js"
import * as graph from "./api/graph.js"
import * as i18n from "./lib/i18n.js"
import { fill, h } from "./lib/html.js"
import { Drives } from "./model/drives.js"
import { Folder } from "./model/folder.js"
import { Selection } from "./model/selection.js"
import { Uploads } from "./model/uploads.js"
import * as router from "./router.js"
import "./elements/side-bar.js"
import "./elements/toast-area.js"
import "./views/files-view.js"

/** Shown when they are first wanted. @type {Record<string, () => Promise<any>>} */
const LATER = {
  "name-dialog": () => import("./elements/name-dialog.js"),
  "place-dialog": () => import("./elements/place-dialog.js"),
  "confirm-dialog": () => import("./elements/confirm-dialog.js"),
  "conflict-dialog": () => import("./elements/conflict-dialog.js"),
  "share-dialog": () => import("./elements/share-dialog.js"),
  "view-dialog": () => import("./elements/view-dialog.js"),
  "upload-tray": () => import("./elements/upload-tray.js"),
  "trash-view": () => import("./views/trash-view.js"),
  "shared-view": () => import("./views/shared-view.js"),
  "spaces-view": () => import("./views/spaces-view.js"),
}

/** Everything that is there once; elements and actions get it as `app`. */
export class App {
  drives = new Drives()
  folder = new Folder()
  selection = new Selection(this.folder)
  uploads = new Uploads(this)
  /** @type {{id: string, displayName: string, onPremisesSamAccountName: string, preferredLanguage?: string}} */
  me = null
  /** @type {router.Place} */
  place = null
  details = false
  tiles = localStorage.getItem("tiles") === "yes"
  heading = ""

  async start() {
    document.documentElement.dataset.theme = localStorage.getItem("theme") || ""
    try {
      await access()
    } catch (error) {
      if (error instanceof SignedOut) return signIn()
      return fill(document.body, h("main", { class: "plain" }, h("h1", {}, "Hearth"), h("p", {}, error.message), h("p", {}, h("a", { href: "/signout" }, "/signout"))))
    }
    [this.me] = await Promise.all([graph.me(), this.drives.load()])
    await this.speak(localStorage.getItem("language"))
    this.toasts = h("toast-area")
    this.shell = h("app-shell", {}, h("side-bar", { app: this }), h("main", { class: "view" }))
    fill(document.body, this.shell, this.toasts)
    this.uploads.addEventListener("begin", () => this.tray(), { once: true })
    if (this.uploads.all.length) this.tray()
    document.addEventListener("click", event => this.#follow(event))
    addEventListener("popstate", () => this.show())
    // Until the server tells of changes by itself (core.support-sse), who comes back to the page sees what is there now.
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && !this.uploads.active.length && this.folder.source && this.refresh())
    await this.show()
  }

  async speak(/** @type {string|null} */ wanted) {
    const language = i18n.best([wanted, this.me?.preferredLanguage, ...navigator.languages])
    i18n.use(language, await json(new URL(`strings/${language}.json`, import.meta.url).pathname, { open: true }))
    document.documentElement.lang = language
  }

  /** Go to an address of ours. */
  go(/** @type {string} */ address, replace = false) {
    if (address !== location.pathname) history[replace ? "replaceState" : "pushState"](null, "", address)
    return this.show()
  }

  /** Show what the address means. */
  async show() {
    this.place = router.place(location.pathname)
    const { view, alias, id } = this.place
    if (view === "start") return this.go(router.files(this.drives.personal || this.drives.shares), true)
    if (view === "id") return this.#find(id)
    this.drive = alias ? this.drives.byAlias(alias) : null
    const name = { files: "files-view", trash: "trash-view", spaces: "spaces-view" }[view] || "shared-view"
    await this.#later(name)
    const old = this.shell.querySelector(".view")
    if (old.localName === name && name === "files-view") return old.look()
    old.replaceWith(h(name, { class: "view", app: this, role: "main" }))
    this.shell.querySelector("side-bar").mark()
  }

  /** The name of what is shown, in the window's title. */
  title(/** @type {string} */ name) {
    this.heading = name
    document.title = name ? `${name} – Hearth` : "Hearth"
    this.shell.querySelector("side-bar").mark()
  }

  /** Look again at what is shown, and at how much room is left. */
  refresh() {
    return Promise.all([this.folder.source ? this.folder.refresh() : null, this.drives.load().catch(() => {})])
  }

  /**
   * Show a dialog; what it was answered with, null where it was left.
   * @param {string} name @param {Record<string, any>} [given] @returns {Promise<any>}
   */
  async dialog(name, given = {}) {
    await this.#later(name)
    const element = h(name, { app: this, ...given })
    document.body.append(element)
    const answer = await element.answer
    element.remove()
    return answer
  }

  /** Tell what has happened, with one thing to do about it. */
  say(/** @type {string} */ text, /** @type {{label: string, run: () => any}|null} */ act = null) {
    this.toasts.show(text, act)
  }

  /** Run something that can fail, and say so if it does. */
  async try(/** @type {() => Promise<any>} */ work) {
    try {
      return await work()
    } catch (error) {
      this.say(this.why(error))
      return undefined
    }
  }

  /** An error in words for people. */
  why(/** @type {any} */ error) {
    if (!(error instanceof Failure)) console.error(error)
    const status = error instanceof Failure ? error.status : -1
    const known = { 0: "offline", 403: "forbidden", 404: "gone", 409: "conflict", 412: "taken", 413: "too-large", 423: "locked", 503: "unavailable", 507: "full" }[status]
    return known ? i18n.t(`error.${known}`) : error.message || i18n.t("error.other")
  }

  async tray() {
    await this.#later("upload-tray")
    if (!document.querySelector("upload-tray")) document.body.append(h("upload-tray", { app: this }))
  }

  async #later(/** @type {string} */ name) {
    if (customElements.get(name)) return
    try {
      await LATER[name]()
    } catch (error) {                               // the server has another version by now, or is away
      this.say(i18n.t("updated"), { label: i18n.t("reload"), run: () => location.reload() })
      throw error
    }
  }

  async #find(/** @type {string} */ id) {
    const drive = this.drives.byId(id)
    if (drive) return this.go(router.files(drive), true)
    try {
      const where = await dav.whereIs(id), found = this.drives.byId(where.drive)
      const entry = found ? await dav.look(where.drive, where.path) : null
      if (!entry) return this.go("/shared/with-me", true)
      return this.go(router.files(found, entry.folder ? where.path : where.path.split("/").slice(0, -1).join("/")), true)
    } catch (error) {
      this.say(this.why(error))
      return this.go("/", true)
    }
  }

  /** Links to our own places are followed without loading the page again. */
  #follow(/** @type {MouseEvent} */ event) {
    const link = /** @type {HTMLAnchorElement|null} */ (event.target instanceof Element ? event.target.closest("a[href]") : null)
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || link.target || link.hasAttribute("download")) return
    if (link.origin !== location.origin || !["/", "/files", "/trash", "/shared", "/spaces", "/f"].includes("/" + link.pathname.split("/")[1])) return
    event.preventDefault()
    this.go(link.pathname)
  }
}

const app = new App()
app.start()

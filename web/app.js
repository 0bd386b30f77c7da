// The wiring: who is signed in, what is being looked at, and what is shown for an address. Read this first.
import { access, Failure, json, person, SignedOut, signIn } from "./api/http.js"
import * as i18n from "./lib/i18n.js"
import { fill, h, remembered, whenSeen } from "./lib/html.js"
import { Drives, Folder, Selection } from "./model/files.js"
import * as router from "./router.js"
import "./elements/navigation.js"
import "./views/files-view.js"

const CALM = 1_500, SOON = 600, LATER = 60_000      // milliseconds
const PAUSES = [500, 2_000]                         // milliseconds before a module is asked for again

/** Everything that is there once; elements and actions get it as `app`. */
export class App {
  drives = new Drives()
  folder = new Folder()
  selection = new Selection(this.folder)
  /** @type {import("./model/uploads.js").Uploads|null} */
  uploads = null
  /** @type {router.Place} */
  place = null
  address = ""                                      // of what is shown
  settled = router.arrived()                        // when the history knows nothing any more of what lay over the page
  details = false
  tiles = localStorage.getItem("tiles") === "yes"
  /** @type {import("./api/live.js").Live|null} what happens elsewhere, once the page is calm */
  live = null
  heading = ""
  wanted = ""                                       // the id of what is to be chosen once its folder is there

  get me() {
    return person
  }

  async start() {
    document.documentElement.dataset.theme = remembered("theme")
    const words = this.speak()                       // the right ones but for a choice made on another device
    try {
      await access()
      await Promise.all([this.drives.load(), words.then(() => this.speak())])
    } catch (error) {
      if (error instanceof SignedOut) return signIn()
      await words.catch(() => {})
      return (await this.load("elements/no-start")).show(error)
    }
    const shared = location.search === "?shared", opened = this.locate()
    await new Promise(resolve => setTimeout(resolve))    // the folder is asked for before anything is built: a slow phone takes as long for that as the answer for its way
    this.toasts = h("toast-area")
    this.shell = h("app-shell", {}, h("side-bar", { app: this }), h("main", { class: "view" }))
    fill(document.body, this.shell, this.toasts)
    if ((localStorage.getItem("uploads") || "[]") !== "[]") this.load("actions/upload").then(({ uploading }) => uploading(this))
    document.addEventListener("click", event => this.#follow(event))
    addEventListener("popstate", () => location.pathname + location.search === this.address || this.show())   // else something over the page goes or stays
    // Whatever the live stream has missed while the device slept: who comes back to the page sees what is there now.
    whenSeen(seen => seen && !this.uploads?.active.length && this.folder.source && this.refresh())
    await this.show(opened)
    if (shared) (await this.load("actions/shared")).take(this)
    setTimeout(() => this.listen(), CALM)
  }

  /** Have the words of the language that suits best, as far as is known. */
  async speak() {
    const language = i18n.best([person?.preferredLanguage, remembered("language"), ...navigator.languages])
    if (language === document.documentElement.dataset.words) return
    document.documentElement.dataset.words = language
    i18n.use(language, await json(new URL(`strings/${language}.json`, import.meta.url).pathname, { open: true }))
    document.documentElement.lang = language
  }

  /** Go to an address of ours. */
  async go(/** @type {string} */ address, replace = false) {
    await this.settled
    if (address !== location.pathname + location.search) history[replace ? "replaceState" : "pushState"](null, "", address)
    return this.show()
  }

  /** Take in what the address means, and have the folder read that it names. @returns {Promise<any>} until it is */
  async locate() {
    if (router.place(location.pathname).view === "start") history.replaceState(history.state, "", router.files(this.drives.personal || this.drives.shares))
    this.address = location.pathname + location.search
    const { view, alias, path = "" } = this.place = router.place(this.address)
    this.drive = alias ? this.drives.byAlias(alias) : null
    if (view !== "files") return
    Object.assign(this.selection, { at: -1 }).clear()
    await this.folder.browse(this.drive, path)
  }

  /** Show what the address means. */
  async show(opened = this.locate()) {
    const { address, place: { view, id } } = this
    if (view === "id") return (await this.load("actions/find")).find(this, id)
    const name = `${router.VIEWS[view]}-view`
    if (name !== "files-view" && await this.load(`views/${name}`) && this.address !== address) return     // one has gone on meanwhile
    const old = this.shell.querySelector(".view")
    if (old.localName === name && name === "files-view") { old.look(); return opened }
    old.replaceWith(h(name, { class: "view", app: this, role: "main" }))
    this.shell.querySelector("side-bar").mark()
  }

  /** The name of what is shown, in the window's title, with how many notices wait. */
  title(name = this.heading) {
    const count = this.live?.notices.length || 0
    this.heading = name
    document.title = `${count ? `(${count}) ` : ""}${name ? `${i18n.legible(name)} – ` : ""}Hearth`
    this.shell.querySelector("side-bar").mark(count)
  }

  async listen() {
    const found = await this.load("api/live", true).catch(() => null)
    if (!found) { setTimeout(() => this.listen(), LATER); return }
    this.live = new found.Live()
    this.live.addEventListener("elsewhere", (/** @type {any} */ { detail }) => found.regard(this, detail))
    this.live.addEventListener("change", () => this.title())
  }

  /** Look again before long, once for all that happens until then; a long list comes to its end first, or it never would while others are busy in it. */
  soon(wait = SOON) {
    this.later ||= setTimeout(() => { this.later = null; this.folder.state === "loading" ? this.soon() : this.refresh() }, wait)
  }

  /** Look again at what is shown, and at how much room is left. */
  refresh() {
    return Promise.all([this.folder.source ? this.folder.refresh().then(away => away && this.say(this.why(away))) : null, this.drives.load().catch(() => {})])
  }

  /**
   * Show a dialog; what it was answered with, null where it was left.
   * @param {string} name @param {Record<string, any>} [given] @returns {Promise<any>}
   */
  async dialog(name, given = {}) {
    await this.load(`elements/${name}`)
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
    if (error.spoken) return error.message
    const status = error instanceof Failure ? error.status : -1
    const known = { 0: "offline", 403: "forbidden", 404: "gone", 409: "conflict", 412: "taken", 413: "too-large", 423: "locked", 503: "unavailable", 507: "full" }[status]
    return known ? i18n.t(`error.${known}`) : error.message || i18n.t("error.other")
  }

  /** Show a menu at an element or a point: {x, y}. */
  async menu(/** @type {any} */ at, /** @type {any[]} */ items) {
    (await this.load("elements/context-menu")).show(this, at, items)
  }

  /**
   * A module that comes with its first use, by its name: "elements/tool-bar". What is imported above is loaded at once and stands in index.html, because
   * no list of files can be seen and used without it; a slow phone pays for every line of that. A part that comes later brings its styles along:
   * `await style("…")`.
   * @param {string} name @param {boolean} [quiet]  nobody waits for it
   * @returns {Promise<any>} @throws {Failure}
   */
  async load(name, quiet = false) {
    for (let tries = 0; ; tries++) {
      try {
        return await import(`./${name}.js`)
      } catch (error) {                             // a server that is being restarted is back in a moment; else it has another version by now, or is away
        if (tries === PAUSES.length && !quiet) this.say(i18n.t("updated"), { label: i18n.t("reload"), run: () => location.reload() })
        if (tries === PAUSES.length) throw new Failure(0, error.message)
        await new Promise(resolve => setTimeout(resolve, PAUSES[tries]))
      }
    }
  }

  /** Links to our own places are followed without loading the page again. */
  #follow(/** @type {MouseEvent} */ event) {
    const link = /** @type {HTMLAnchorElement|null} */ (event.target instanceof Element ? event.target.closest("a[href]") : null)
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || link.target || link.hasAttribute("download")) return
    if (link.origin !== location.origin || !router.OURS.includes(link.pathname.split("/")[1])) return
    event.preventDefault()
    this.go(link.pathname + link.search)
  }
}

const app = new App()
app.start()

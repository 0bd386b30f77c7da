// What was deleted, from one space: put back, or deleted for good.
import * as dav from "../api/dav.js"
import * as bin from "../api/trash.js"
import { fill, h, HearthElement, icon, style } from "../lib/html.js"
import { another, legible, t } from "../lib/i18n.js"
import { trash } from "../router.js"
import "../elements/tool-bar.js"
import "../elements/file-list.js"

await style("views")

/** @type {import("../actions/files.js").Action[]} */
const TRASH = [
  { name: "restore", icon: "restore", enabled: (_, entries) => entries.length > 0, run: restore },
  { name: "purge", icon: "trash", keys: "Delete", danger: true, enabled: (_, entries) => entries.length > 0, run: purge },
]

class TrashViewElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null

  begin() {
    const { app } = this, { personal, projects } = app.drives, all = [personal, ...projects].filter(Boolean)
    const choose = h("select", { "aria-label": t("trash.of"), onchange: () => app.go(trash(app.drives.byId(choose.value))) },
      all.map(each => h("option", { value: each.id, selected: each === app.drive }, each === personal ? t("nav.mine") : legible(each.name))))
    this.tools = h("tool-bar", { app, actions: TRASH, first: ["restore", "purge"], hidden: true })
    this.heading = h("h1", {}, t("nav.trash"))
    this.clear = h("button", { "aria-label": t("trash.empty-it"), title: t("trash.empty-it"), onclick: () => empty(app) }, icon("trash"), h("span", { class: "desk-only" }, t("trash.empty-it")))
    fill(this, h("div", { class: "head" }, h("div", {}, this.heading, this.tools), all.length > 1 && h("div", { class: "short" }, choose), this.clear),
      h("section", { class: "body" }, h("file-list", { app, trash: true, empty: () => [icon("trash"), h("h2", {}, t("trash.empty")), h("p", { class: "muted" }, t("trash.hint"))] })))
    this.listen(app.selection, "change", () => this.chosen())
    this.listen(app.folder, "change", () => { this.clear.hidden = !app.folder.entries.length })
    this.listen(this, "menu", ({ detail }) => this.tools.menu(detail.at))
    this.listen(this, "open-entry", () => this.tools.menu(this.querySelector(".file-row.at") || this))
    this.listen(document, "keydown", event => event.key === "Delete" && app.selection.ids.size && event.target.closest?.("file-list") && purge(app, app.selection.entries))
    app.selection.clear()
    app.title(t("nav.trash"))
    app.folder.open(async signal => ({ entries: app.drive ? await bin.list(app.drive.id, signal) : [] }), { by: "deleted", down: true })
  }

  chosen() {
    const some = this.app.selection.ids.size > 0
    this.tools.hidden = !some
    this.heading.hidden = some
  }
}

/** Put things back where they were; where the name is taken now, under another. */
async function restore(/** @type {import("../app.js").App} */ app, /** @type {import("../api/dav.js").Entry[]} */ entries) {
  let count = 0
  await app.try(async () => {
    for (const { drive, id, from, folder } of entries) {
      const parts = from.split("/"), name = parts.pop()
      const place = parts.join("/"), there = await dav.list(drive, place).catch(() => null)
      const kept = there ? place : "", names = new Set((there || await dav.list(drive, "")).entries.map(each => each.name))
      const as = names.has(name) ? another(name, each => names.has(each), folder) : name
      await bin.restore(drive, id, kept ? `${kept}/${as}` : as)
      count++
    }
  })
  await app.refresh()
  if (count) app.say(t("done.restored", { n: count, name: entries[0].name }))
}

async function purge(/** @type {import("../app.js").App} */ app, /** @type {import("../api/dav.js").Entry[]} */ entries) {
  const given = { heading: t("purge.title"), text: t("purge.text", { n: entries.length, name: entries[0].name }), action: t("action.purge") }
  if (!await app.dialog("confirm-dialog", given)) return
  await app.try(async () => { for (const each of entries) await bin.purge(each.drive, each.id) })
  await app.refresh()
}

async function empty(/** @type {import("../app.js").App} */ app) {
  if (!await app.dialog("confirm-dialog", { heading: t("trash.empty-it"), text: t("purge.all"), action: t("trash.empty-it") })) return
  await app.try(() => bin.purge(app.drive.id))
  await app.refresh()
}

customElements.define("trash-view", TrashViewElement)

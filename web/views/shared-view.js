// What is shared with me, and what I share: two lists behind two tabs.
import * as shares from "../api/shares.js"
import { FILES } from "../actions/files.js"
import { fill, h, HearthElement, icon, style } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import { files } from "../router.js"
import "../elements/tool-bar.js"
import "../elements/details-panel.js"
import "../elements/file-list.js"

await style("views")

/** @type {import("../actions/files.js").Action} */
const LEAVE = { name: "leave", icon: "leave", danger: true, enabled: (_, entries) => entries.length > 0, run: leave }
const KEPT = ["open", "download", "share", "details"]

class SharedViewElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null

  begin() {
    const { app } = this
    this.mine = app.place.view === "by-me"
    this.actions = [...FILES.filter(each => KEPT.includes(each.name)), ...this.mine ? [] : [LEAVE]]
    const tab = (href, text, here) => h("a", { href, "aria-current": here && "page" }, text)
    this.heading = h("div", { class: "tabs" }, h("h1", { class: "unseen" }, t("nav.shared")), h("nav", { "aria-label": t("nav.shared") }, tab("/shared/with-me", t("shared.with-me"), !this.mine), tab("/shared/by-me", t("shared.by-me"), this.mine)))
    this.tools = h("tool-bar", { app, actions: this.actions, first: ["download", "share", "leave"], hidden: true })
    this.panel = h("details-panel", { app, hidden: !app.details })
    this.list = h("file-list", { app, href: entry => entry.folder ? this.address(entry) : null, empty: () => [icon("people"), h("h2", {}, t(this.mine ? "empty.by-me" : "empty.with-me")), h("p", { class: "muted" }, t(this.mine ? "empty.by-me-hint" : "empty.with-me-hint"))] })
    fill(this, h("div", { class: "head" }, h("div", {}, this.heading, this.tools)), h("section", { class: "body" }, this.list), this.panel)
    this.listen(app.selection, "change", () => this.chosen())
    this.listen(this, "menu", ({ detail }) => this.tools.menu(detail.at))
    this.listen(this, "open-entry", ({ detail }) => this.open(detail.entry))
    app.selection.clear()
    app.title(t(this.mine ? "shared.by-me" : "shared.with-me"))
    app.folder.open(async () => ({ entries: (this.mine ? await shares.sharedByMe() : await shares.sharedWithMe()).filter(each => each["@client.synchronize"] !== false && !each["@UI.Hidden"]).map(each => this.mine ? given(each) : received(app, each)) }))
  }

  /** Where a folder of the list is opened. */
  address(/** @type {any} */ entry) {
    const drive = this.app.drives.byId(entry.drive)
    return drive ? files(drive, entry.path) : null
  }

  open(/** @type {any} */ entry) {
    if (entry.folder) this.app.go(this.address(entry))
    else this.app.dialog("view-dialog", { entry })
  }

  toggle(on = !this.app.details) {
    this.app.details = on
    this.panel.hidden = !on
    this.panel.draw()
  }

  chosen() {
    const some = this.app.selection.ids.size > 0
    this.tools.hidden = !some
    this.heading.hidden = some
  }
}

/** What one received, as an entry of the Shares space. */
function received(/** @type {import("../app.js").App} */ app, /** @type {any} */ item) {
  const from = item.remoteItem?.permissions?.[0]?.invitation?.invitedBy?.user || item.createdBy?.user
  return { ...plain(item), in: from && t("shared.from", { name: from.displayName }), id: item.remoteItem?.id || item.id, drive: app.drives.shares?.id, path: item.name, can: "", shared: ["0"], item: { ...item, drive: item.parentReference.driveId } }
}

/** What one gave, where it lies. */
function given(/** @type {any} */ item) {
  const { driveId, path } = item.parentReference, above = (path || "").replace(/^\/+/, "")
  return { ...plain(item), drive: driveId, path: above ? `${above}/${item.name}` : item.name, can: "RDNVWCK", shared: [...new Set(item.permissions.map(each => each.link ? "3" : "0"))], item }
}

function plain(/** @type {any} */ item) {
  return { id: item.id, name: item.name, folder: Boolean(item.folder), size: item.size || 0, modified: Date.parse(item.lastModifiedDateTime), etag: item.eTag }
}

async function leave(/** @type {import("../app.js").App} */ app, /** @type {any[]} */ entries) {
  await app.try(async () => { for (const each of entries) await shares.leave(each.item.drive, each.item.id) })
  await app.refresh()
  app.say(t("done.left", { n: entries.length, name: entries[0].name }), { label: t("undo"), run: () => app.try(async () => {
    for (const each of entries) await shares.accept(each.item.drive, each.id, each.name)
    await app.refresh()
  }) })
}

customElements.define("shared-view", SharedViewElement)

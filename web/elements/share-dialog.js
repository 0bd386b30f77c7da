// With whom a thing is shared: people and groups, each with a role in plain words, and links for anybody.
import * as shares from "../api/shares.js"
import { fill, h, icon } from "../lib/html.js"
import { day, legible, t } from "../lib/i18n.js"
import { HearthDialog } from "./hearth-dialog.js"
import { linkLine, setLink } from "./share-links.js"
import "./people-field.js"

class ShareDialogElement extends HearthDialog {
  width = "wide"
  /** @type {{id: string, name: string, folder: boolean}} */
  entry = null
  /** @type {{id: string, displayName: string}[]} */
  roles = []

  begin() {
    this.drive = this.entry.id.split("!")[0]
    this.people = h("ul", { class: "lines" })
    this.links = h("ul", { class: "lines" })
    this.wrong = h("p", { class: "wrong", role: "alert", hidden: true })
    this.field = h("people-field", { app: this.app })
    this.add = h("button", { onclick: () => setLink(this) }, icon("link"), t("share.new-link"))
    this.show(t("share.title", { name: this.entry.name }), h("div", { class: "inside" }, this.wrong, this.field,
      h("section", {}, h("h3", {}, t("share.people")), this.people), h("section", {}, h("h3", {}, t("share.links")), this.links, this.add)))
    this.listen(this, "chosen", ({ detail }) => this.act(() => shares.invite(this.drive, this.entry.id, detail, this.roles[0].id)))
    this.load()
  }

  async load() {
    try {
      const { permissions, roles } = await shares.permissions(this.drive, this.entry.id)
      this.roles = roles
      const links = permissions.filter(each => each.link), held = permissions.filter(each => !each.link), had = document.activeElement
      const key = had.id || had.getAttribute("aria-label"), below = this.links.contains(had) || had === this.add, within = this.contains(had)
      fill(this.people, h("li", {}, round(this.app.me.displayName), h("div", { class: "grow" }, this.app.me.displayName, " ", h("small", {}, t("share.you")))), held.map(each => this.person(each)))
      fill(this.links, links.map(each => linkLine(this, each)))
      if (within) this.settle(key, below)
    } catch (error) {
      this.complain(error)
    }
  }

  /** All was drawn anew: the focus goes to what had it, or to what one does next. */
  settle(/** @type {string|null} */ key, /** @type {boolean} */ below) {
    if (this.contains(document.activeElement)) return
    const same = key && [...this.querySelectorAll("[id], [aria-label]")].find(each => each.id === key || each.getAttribute("aria-label") === key)
    const next = same || (below ? this.add : this.field.field)
    next.focus()
  }

  person(/** @type {import("../api/shares.js").Permission} */ permission) {
    const { user, group } = permission.grantedToV2, name = (user || group).displayName, mine = user?.id === this.app.me.id
    if (mine) return null
    const choose = h("select", { "aria-label": t("share.role-of", { name }), onchange: () => this.act(() => shares.changePermission(this.drive, this.entry.id, permission.id, { roles: [choose.value] })) },
      this.roles.some(each => permission.roles.includes(each.id)) ? null : h("option", { value: permission.roles[0], selected: true, disabled: true }, t("role.other")),
      this.roles.map(each => h("option", { value: each.id, selected: permission.roles.includes(each.id) }, role(each.displayName))))
    const ends = permission.expirationDateTime ? Date.parse(permission.expirationDateTime) : 0
    return h("li", { class: "of-person" }, round(name, group), h("div", { class: "grow" }, h("bdi", {}, legible(name)), group && [" ", h("small", {}, t("share.group"))],
      h("button", { class: "bare slight", id: `ends-${permission.id}`, onclick: () => this.setEnd(permission, name, ends) }, ends ? t("share.until", { day: day(ends) }) : t("share.no-end"), h("span", { class: "unseen" }, ` · ${name}`))), choose,
      h("button", { class: "round", "aria-label": t("share.end", { name }), title: t("share.end", { name }), onclick: () => this.act(() => shares.removePermission(this.drive, this.entry.id, permission.id)) }, icon("close")))
  }

  /** Until when somebody has it. */
  async setEnd(/** @type {import("../api/shares.js").Permission} */ { id }, /** @type {string} */ name, /** @type {number} */ ends) {
    const done = await this.app.dialog("form-dialog", { heading: t("share.ends-of", { name }), text: t("share.ends-says"), action: t("save"),
      fields: [{ name: "end", label: t("share.last-day"), type: "date", value: ends ? shares.dayOf(ends) : "", hint: t("share.ends-hint"), more: { min: shares.dayOf(Date.now()) } }],
      save: (/** @type {any} */ { end }) => shares.changePermission(this.drive, this.entry.id, id, { expirationDateTime: end ? shares.endOf(end) : null }) })
    if (done) await this.load()
  }

  /** Do something about the shares and show how they are then. */
  async act(/** @type {() => Promise<any>} */ work) {
    this.wrong.hidden = true
    try {
      const done = await work()
      await this.load()
      return done
    } catch (error) {
      this.complain(error)
      return null
    }
  }

  complain(/** @type {any} */ error) {
    this.wrong.hidden = false
    this.wrong.textContent = error.status === 409 ? t("share.already") : error.status === 400 && error.message ? error.message : this.app.why(error)
    this.wrong.scrollIntoView({ block: "nearest" })  // the form for a link may be far beneath it
  }
}

/** A role in words of ours; roles that we do not know keep the server's. */
function role(/** @type {string} */ name) {
  const known = { "Can view": "view", "Can edit": "edit", "Can upload": "upload", "Can manage": "manage" }[name]
  return known ? t(`role.${known}`) : name
}

function round(/** @type {string} */ name, group = null) {
  return h("span", { class: "avatar", "aria-hidden": "true" }, group ? icon("people") : [...name][0]?.toUpperCase() || "?")
}

customElements.define("share-dialog", ShareDialogElement)

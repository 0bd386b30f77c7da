// With whom a thing is shared: people and groups, each with a role in plain words, and links for anybody.
import * as graph from "../api/graph.js"
import { h, fill, icon } from "../lib/html.js"
import { t } from "../lib/i18n.js"
import { HearthDialog } from "./hearth-dialog.js"
import { linkForm, linkLine } from "./share-links.js"
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
    this.add = h("div")
    this.show(t("share.title", { name: this.entry.name }), h("div", { class: "inside" }, this.wrong, this.field,
      h("section", {}, h("h3", {}, t("share.people")), this.people), h("section", {}, h("h3", {}, t("share.links")), this.links, this.add)))
    this.listen(this, "chosen", ({ detail }) => this.act(() => graph.invite(this.drive, this.entry.id, detail, this.roles[0].id)))
    this.load()
  }

  async load() {
    try {
      const { permissions, roles } = await graph.permissions(this.drive, this.entry.id)
      this.roles = roles
      const links = permissions.filter(each => each.link), held = permissions.filter(each => !each.link)
      fill(this.people, h("li", {}, round(this.app.me.displayName), h("div", { class: "grow" }, this.app.me.displayName, " ", h("small", {}, t("share.you")))), held.map(each => this.person(each)))
      fill(this.links, links.map(each => linkLine(this, each)))
      fill(this.add, h("button", { onclick: () => fill(this.add, linkForm(this)) }, icon("link"), t("share.new-link")))
    } catch (error) {
      this.complain(error)
    }
  }

  person(/** @type {import("../api/graph.js").Permission} */ permission) {
    const { user, group } = permission.grantedToV2, name = (user || group).displayName, mine = user?.id === this.app.me.id
    if (mine) return null
    const choose = h("select", { "aria-label": t("share.role-of", { name }), onchange: () => this.act(() => graph.changePermission(this.drive, this.entry.id, permission.id, { roles: [choose.value] })) },
      this.roles.map(each => h("option", { value: each.id, selected: permission.roles.includes(each.id) }, role(each.displayName))))
    return h("li", {}, round(name, group), h("div", { class: "grow" }, h("bdi", {}, name), group && [" ", h("small", {}, t("share.group"))]), choose,
      h("button", { class: "round", "aria-label": t("share.end", { name }), title: t("share.end", { name }), onclick: () => this.act(() => graph.removePermission(this.drive, this.entry.id, permission.id)) }, icon("close")))
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

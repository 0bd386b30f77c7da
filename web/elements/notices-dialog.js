// What one was told, the newest first; each leads to what it is about and can be put away.
import { dismiss } from "../api/live.js"
import { fill, h, icon } from "../lib/html.js"
import { exactly, legible, t, when } from "../lib/i18n.js"
import { HearthDialog } from "./hearth-dialog.js"

class NoticesDialogElement extends HearthDialog {
  width = "wide"

  begin() {
    this.list = h("ul", { class: "lines notices" })
    this.all = h("button", { onclick: () => this.away(this.app.live.notices) }, t("notices.all-away"))
    this.foot = h("footer", {}, this.all)
    this.show(t("nav.notices"), h("div", { class: "inside" }, this.list), this.foot)
    this.listen(this.app.live, "change", () => this.draw())
    this.draw()
  }

  draw() {
    const { notices } = this.app.live
    this.foot.hidden = !notices.length
    fill(this.list, notices.length ? notices.map(each => this.line(each)) : h("li", { class: "muted" }, t("notices.none")))
  }

  line(/** @type {import("../api/live.js").Notice} */ notice) {
    const { object_type: type, object_id: id } = notice, time = Date.parse(notice.datetime)
    const href = type === "share" ? "/shared/with-me" : type === "storagespace" ? "/spaces" : type === "resource" && id ? `/f/${encodeURIComponent(id)}` : ""
    const words = h(href ? "a" : "span", { href: href || null, onclick: () => href && this.close() }, rich(notice))
    return h("li", {}, h("div", { class: "grow" }, words, h("div", {}, h("small", { title: exactly(time) }, when(time)))),
      h("button", { class: "round", "aria-label": `${t("notices.away")}: ${notice.message}`, title: t("notices.away"), onclick: () => this.away([notice]) }, icon("close")))
  }

  away(/** @type {import("../api/live.js").Notice[]} */ gone) {
    return this.app.try(async () => {
      const { live } = this.app, ids = gone.map(each => each.notification_id)
      await dismiss(ids)
      live.notices = live.notices.filter(each => !ids.includes(each.notification_id))
      live.changed()
    })
  }
}

/** The message with the names in it standing out. */
function rich(/** @type {import("../api/live.js").Notice} */ { message, messageRich, messageRichParameters: values }) {
  if (!messageRich || !values) return message
  return messageRich.split(/(\{\w+\})/).map(part => {
    const found = values[/^\{(\w+)\}$/.exec(part)?.[1]]
    return found ? h("strong", {}, h("bdi", {}, legible(found.displayname || found.name || ""))) : part
  })
}

customElements.define("notices-dialog", NoticesDialogElement)

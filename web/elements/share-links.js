// Links within the sharing dialog: a line for each, and the form for a new one.
import * as graph from "../api/graph.js"
import { day } from "../lib/format.js"
import { h, icon } from "../lib/html.js"
import { t } from "../lib/i18n.js"

const KINDS = { folder: ["view", "upload", "edit", "createOnly"], file: ["view", "edit"] }

/** @param {any} dialog @param {import("../api/graph.js").Permission} permission */
export function linkLine(dialog, { id, link, hasPassword, expirationDateTime }) {
  const { app, drive, entry } = dialog
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link.webUrl)
      app.say(t("share.copied"))
    } catch {                                       // not over plain http: then one copies by hand
      field.hidden = false
      field.select()
    }
  }
  const field = h("input", { value: link.webUrl, readonly: true, hidden: true, "aria-label": t("share.address") })
  const facts = [link["@libre.graph.displayName"], t(`link.${link.type}`), hasPassword && t("share.with-password"), expirationDateTime && t("share.until", { day: day(Date.parse(expirationDateTime)) })]
  return h("li", {}, h("span", { class: "avatar", "aria-hidden": "true" }, icon("link")), h("div", { class: "grow" }, h("a", { href: link.webUrl, target: "_blank", rel: "noopener" }, link.webUrl.replace(/^https?:\/\//, "")),
    h("div", {}, h("small", {}, facts.filter(Boolean).join(" · "))), field),
    h("button", { onclick: copy }, t("share.copy")),
    h("button", { class: "round", "aria-label": t("share.end-link"), title: t("share.end-link"), onclick: () => dialog.act(() => graph.removePermission(drive, entry.id, id)) }, icon("close")))
}

/** @param {any} dialog */
export function linkForm(dialog) {
  const { app, drive, entry } = dialog
  const kind = h("select", { id: "link-kind" }, KINDS[entry.folder ? "folder" : "file"].map(each => h("option", { value: each }, t(`link.${each}`))))
  const password = h("input", { id: "link-password", type: "password", autocomplete: "new-password", minlength: "8", maxlength: "256" })
  const end = h("input", { id: "link-end", type: "date", min: new Date(Date.now() + 864e5).toISOString().slice(0, 10) })
  const send = event => {
    event.preventDefault()
    const wanted = { type: kind.value, ...(password.value ? { password: password.value } : {}), ...(end.value ? { expirationDateTime: `${end.value}T23:59:59Z` } : {}) }
    dialog.act(() => graph.makeLink(drive, entry.id, wanted)).then(made => made && app.say(t("share.link-made")))
  }
  const field = (id, text, input, hint = "") => h("div", { class: "field" }, h("label", { for: id }, text), input, hint && h("small", {}, hint))
  return h("form", { class: "link-form", onsubmit: send }, field("link-kind", t("share.kind"), kind), field("link-password", t("share.password"), password, t("share.password-hint")), field("link-end", t("share.ends"), end),
    h("div", { class: "row" }, h("button", { type: "button", onclick: () => dialog.load() }, t("cancel")), h("button", { class: "primary" }, t("share.make-link"))))
}

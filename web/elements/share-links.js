// Links within the sharing dialog: a line for each, and what can be said of one.
import * as shares from "../api/shares.js"
import { day, t } from "../lib/i18n.js"
import { fill, h, icon } from "../lib/html.js"

const KINDS = { folder: ["view", "upload", "edit", "createOnly"], file: ["view", "edit"] }

/** @param {any} dialog @param {import("../api/shares.js").Permission} permission */
export function linkLine(dialog, permission) {
  const { app, drive, entry } = dialog, { id, link, hasPassword, expirationDateTime } = permission, name = link["@libre.graph.displayName"]
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
  const code = h("div", { hidden: true, class: "code" })
  const show = () => {                               // drawn by the server, and only when it is wanted
    code.hidden = !code.hidden
    button.setAttribute("aria-expanded", String(!code.hidden))
    if (!code.hidden) fill(code, h("img", { src: `${new URL(link.webUrl).pathname}?qr`, alt: t("share.qr-says"), width: 200, height: 200 }), h("small", {}, t("share.qr-how")))
  }
  const button = h("button", { onclick: show, "aria-expanded": "false" }, t("share.qr"))
  const facts = [name, t(`link.${link.type}`), hasPassword && t("share.with-password"), expirationDateTime && t("share.until", { day: day(Date.parse(expirationDateTime)) }), link["@hearth.visits"] && t("share.visits", { n: link["@hearth.visits"] })]
  return h("li", { class: "of-link" }, h("span", { class: "avatar", "aria-hidden": "true" }, icon("link")), h("div", { class: "grow" }, h("a", { href: link.webUrl, target: "_blank", rel: "noopener" }, link.webUrl.replace(/^https?:\/\//, "")),
    h("div", {}, h("small", {}, facts.filter(Boolean).join(" · "))), field, h("div", { class: "does" }, h("button", { onclick: copy }, t("share.copy")), button,
      h("button", { "aria-label": t("share.change-link-of", { name: name || t(`link.${link.type}`) }), onclick: () => setLink(dialog, permission) }, t("share.change"))), code),
    h("button", { class: "round", "aria-label": t("share.end-link"), title: t("share.end-link"), onclick: () => dialog.act(() => shares.removePermission(drive, entry.id, id)) }, icon("close")))
}

/**
 * Make a link, or change one: what it lets do, its name, its password, its end.
 * @param {any} dialog @param {import("../api/shares.js").Permission|null} [old]
 */
export async function setLink(dialog, old = null) {
  const { app, drive, entry } = dialog, link = old?.link, kinds = KINDS[entry.folder ? "folder" : "file"], ends = old?.expirationDateTime ? shares.dayOf(Date.parse(old.expirationDateTime)) : ""
  // Where the rules cannot be had, the server says what it wants when it is asked for the link.
  const { password: asked, days } = await shares.linkRules().catch(() => ({ password: () => false, days: 0 }))
  const plain = { autocomplete: "off", maxlength: "255" }, had = { kind: link?.type || kinds[0], name: link?.["@libre.graph.displayName"] || "", end: ends || (!old && days ? shares.dayOf(Date.now() + days * 864e5) : "") }
  const fields = [
    { name: "kind", label: t("share.kind"), type: "select", value: had.kind, options: [...new Set([...kinds, had.kind])].map(each => [each, t(`link.${each}`)]) },
    { name: "name", label: t("share.name"), value: had.name, hint: t("share.name-hint"), more: plain },
    { name: "password", label: t(old?.hasPassword ? "share.new-password" : "share.password"), type: "password", hint: t(old?.hasPassword ? "share.password-keep" : "share.password-hint"), more: { autocomplete: "new-password", minlength: "8", maxlength: "256" } },
    old?.hasPassword && { name: "open", label: t("share.no-password"), type: "check" },
    { name: "end", label: t("share.last-day"), type: "date", value: had.end, hint: t("share.ends-hint"), more: { min: shares.dayOf(Date.now()) } },
  ].filter(Boolean)
  const change = (/** @type {any} */ { kind, password, open }, /** @type {(name: string, on: boolean) => void} */ offer) => {
    if (open) offer("open", !asked(kind.value))
    offer("password", !open?.checked || open.disabled)
    password.required = asked(kind.value) && !old?.hasPassword
  }
  const save = old ? changed : made
  if (!await app.dialog("form-dialog", { heading: t(old ? "share.change-link" : "share.new-link"), action: t(old ? "save" : "share.make-link"), fields, change, save })) return
  if (!old) app.say(t("share.link-made"))
  await dialog.load()

  function made(/** @type {any} */ { kind, name, password, end }) {
    return shares.makeLink(drive, entry.id, { type: kind, displayName: name, ...password && { password }, ...(end || days) && { expirationDateTime: end ? shares.endOf(end) : null } })
  }

  /** A password comes before what may need one, and goes after what needed it. */
  async function changed(/** @type {any} */ { kind, name, password, open, end }) {
    if (password) await shares.setPassword(drive, entry.id, old.id, password)
    const changes = { ...(kind !== had.kind || name !== had.name) && { link: { type: kind, "@libre.graph.displayName": name } }, ...end !== had.end && { expirationDateTime: end ? shares.endOf(end) : null } }
    if (Object.keys(changes).length) await shares.changePermission(drive, entry.id, old.id, changes)
    if (open) await shares.setPassword(drive, entry.id, old.id, "")
  }
}

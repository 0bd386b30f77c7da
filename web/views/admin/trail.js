// The audit trail: who did what, from where; a page at a time.
import { door } from "../../api/admin.js"
import { fill, h } from "../../lib/html.js"
import { exactly, legible, t } from "../../lib/i18n.js"
import { bar } from "./pieces.js"

const ACTIONS = ["signed_in", "sign_in_failed", "signed_out", "session_ended", "password_changed", "factor_added", "factor_removed", "token_made", "token_revoked", "user_created", "user_deleted", "user_feature_changed", "role_assigned",
  "group_created", "group_deleted", "group_changed", "group_member_added", "group_member_removed", "space_created", "space_updated", "space_disabled", "space_enabled", "space_deleted", "space_shared", "space_unshared", "setting_changed",
  "container_create", "file_create", "file_update", "file_read", "file_copy", "file_rename", "file_delete", "file_trash_delete", "file_trash_restore", "file_version_restore", "file_shared", "share_permission_updated", "file_unshared", "share_expired", "membership_expired", "link_created", "link_updated", "link_accessed", "link_access_failed", "link_removed", "link_expired",
  "file_refused", "virus_found", "quarantine_released", "quarantine_removed",
  "account_rescued", "consent_given", "client_added", "client_removed", "personal_data_exported", "backup_set", "recovery_sheet_shown", "storage_restored", "audit_lost"]

/** @param {import("./pieces.js").App} app */
export async function draw(app) {
  const rows = h("tbody"), more = h("button", { hidden: true, onclick: () => look(true) }, t("admin.older")), note = h("p", { role: "status" })
  const who = h("input", { type: "search", "aria-label": t("admin.trail-who"), placeholder: t("admin.trail-who"), onchange: () => look() })
  const action = h("select", { "aria-label": t("admin.trail-action"), onchange: () => look() }, h("option", { value: "" }, t("admin.trail-all")), ACTIONS.map(each => h("option", { value: each }, t(`trail.${each}`))))
  const since = h("input", { type: "date", "aria-label": t("admin.trail-since"), onchange: () => look() })
  let next = ""
  const look = async (on = false) => {
    const asked = new URLSearchParams({ limit: "50", ...who.value.trim() && { who: who.value.trim() }, ...action.value && { action: action.value }, ...since.value && { since: `${since.value}T00:00:00Z` }, ...on && next ? { next } : {} })
    try {
      const found = await door(`audit?${asked}`)
      next = found?.next || ""
      const lines = (found?.value || []).map(row)
      if (on) rows.append(...lines)
      else fill(rows, lines)
      note.textContent = rows.children.length ? "" : t("admin.trail-none")
    } catch (error) {
      fill(rows)
      note.textContent = error.message || app.why(error)
    }
    more.hidden = !next
  }
  await look()
  return [bar(t("admin.part-trail"), who, action, since), h("div", { class: "box wide" }, h("table", {}, h("caption", { class: "unseen" }, t("admin.part-trail")),
    h("thead", {}, h("tr", {}, ["when", "who", "what", "on", "from"].map(each => h("th", { scope: "col" }, t(`admin.trail-${each}`))))), rows), note, h("p", {}, more))]
}

function row(/** @type {Record<string, any>} */ entry) {
  const on = ["path", "account_name", "name", "value", "client"].map(name => entry[name]).find(Boolean) || ""
  const what = ACTIONS.includes(entry.action) ? t(`trail.${entry.action}`) : entry.action.replace(/_/g, " ")
  return h("tr", {}, h("td", {}, exactly(Date.parse(entry.time))), h("td", {}, h("bdi", {}, legible(by(entry)))), h("td", {}, entry.result === "done" ? what : `${what} (${t("admin.failed")})`),
    h("td", {}, h("bdi", {}, legible(on))), h("td", {}, h("small", {}, [entry.address, program(entry.agent || "")].filter(Boolean).join(" · "))))
}

/** Who did it, in words. */
function by(/** @type {Record<string, any>} */ { who, who_name: name, link = "" }) {
  return name || (link && [link, ""].includes(who) ? t("admin.by-link") : who ? t("admin.gone") : "–")
}

/** What a client says that it is, in a few words. */
function program(/** @type {string} */ agent) {
  const browser = ["Edg", "Firefox", "Chrome", "Safari"].find(each => agent.includes(each)), system = ["Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux"].find(each => agent.includes(each))
  return agent.startsWith("Mozilla/") && browser ? [browser === "Edg" ? "Edge" : browser, system].filter(Boolean).join(", ") : agent.slice(0, 40)
}

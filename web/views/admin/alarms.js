// Who is told when something is wrong with the box: a phone by ntfy, and people by mail.
import { door } from "../../api/admin.js"
import { h } from "../../lib/html.js"
import { t } from "../../lib/i18n.js"
import { absent, bar, card, facts, invented, state } from "./pieces.js"

/** @param {import("./pieces.js").App} app @param {() => void} again */
export async function draw(app, again) {
  const [alarms, mail] = await Promise.all([door("health/alarms"), door("mail")])
  return [bar(t("admin.part-alarms")), alarms ? phone(app, alarms, again) : absent(t("admin.alarms")), mail ? letters(app, mail, again) : absent(t("admin.letters"))]
}

/** @param {import("./pieces.js").App} app @param {{ntfy: string, weekly: boolean}} alarms @param {() => void} again */
function phone(app, { ntfy, weekly }, again) {
  const edit = async () => await app.dialog("form-dialog", { heading: t("admin.alarms"), text: t("admin.alarms-says"), action: t("save"), fields: [
    { name: "ntfy", label: t("admin.alarms-topic"), type: "url", value: ntfy || `https://ntfy.sh/${invented()}`, hint: t("admin.alarms-topic-hint"), more: { autocapitalize: "none", spellcheck: "false" } },
    { name: "weekly", label: t("admin.alarms-weekly"), type: "check", value: weekly },
  ], save: (/** @type {any} */ given) => door("health/alarms", "PUT", given) }) && again()
  const change = h("button", { class: ntfy ? "" : "primary", onclick: edit }, t(ntfy ? "admin.change" : "admin.alarms-set"))
  if (!ntfy) return card(t("admin.alarms"), t("admin.alarms-none"), h("p", {}, change))
  return card(t("admin.alarms"), state("well", t(weekly ? "admin.alarms-well-weekly" : "admin.alarms-well")), facts([[t("admin.alarms-topic"), ntfy]]),
    h("p", { class: "bar" }, h("button", { onclick: () => tried(app, "health/alarms/test", t("admin.alarms-sent")) }, t("admin.alarms-try")), change))
}

/** @param {import("./pieces.js").App} app @param {{configured: boolean, server: string|null, sender: string, waiting: number, last: {time: string, error: string}|null}} mail @param {() => void} again */
function letters(app, { configured, server, sender, waiting, last }, again) {
  const says = !configured ? h("p", {}, t("admin.letters-none")) : last?.error ? state("critical", last.error) : state("well", t("admin.letters-well"))
  return card(t("admin.letters"), says, facts([[t("admin.server"), server], [t("admin.sender"), sender], [t("admin.waiting"), waiting ? String(waiting) : ""]]),
    configured && h("p", {}, h("button", { onclick: async () => { await tried(app, "mail/test", t("admin.letters-sent")); again() } }, t("admin.letters-try"))))
}

/** Send a message to try it, and say how that went. */
async function tried(/** @type {import("./pieces.js").App} */ app, /** @type {string} */ where, /** @type {string} */ sent) {
  try {
    await door(where, "POST", {})
    app.say(sent)
  } catch (error) {
    app.say(error.message || app.why(error))
  }
}

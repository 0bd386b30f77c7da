// Groups: with whom something is shared at once.
import * as admin from "../../api/admin.js"
import { h, icon } from "../../lib/html.js"
import { t } from "../../lib/i18n.js"
import { bar, line, list, round, sure } from "./pieces.js"

/** @param {import("./pieces.js").App} app @param {() => void} again */
export async function draw(app, again) {
  const [groups, people] = await Promise.all([admin.groups(), admin.people()])
  return [bar(t("admin.part-groups"), h("button", { class: "primary", onclick: () => edit(app, null, people, again) }, icon("plus"), t("admin.add-group"))),
    list(groups.map(each => line(each.displayName, each.members.map(member => member.displayName).join(", ") || t("admin.group-empty"), [
      h("button", { "aria-label": t("admin.change-of", { name: each.displayName }), onclick: () => edit(app, each, people, again) }, t("admin.change")),
      round("trash", t("admin.remove-of", { name: each.displayName }), async () => await sure(app, t("admin.remove-of", { name: each.displayName }), t("admin.group-sure"), t("admin.remove"), () => admin.removeGroup(each.id)) && again()),
    ], icon("people"))), t("admin.no-groups"))]
}

async function edit(/** @type {import("./pieces.js").App} */ app, /** @type {admin.Group|null} */ group, /** @type {admin.Person[]} */ people, /** @type {() => void} */ again) {
  const held = group ? group.members.map(each => each.id) : []
  const done = await app.dialog("form-dialog", { heading: group ? group.displayName : t("admin.add-group"), action: t(group ? "save" : "admin.make"), fields: [
    { name: "name", label: t("admin.group-name"), value: group?.displayName, required: true, more: { maxlength: "255" } },
    { name: "members", label: t("admin.members"), type: "checks", options: people.map(each => [each.id, each.displayName]), value: held },
  ], save: async (/** @type {any} */ { name, members }) => {
    const id = group?.id || (await admin.addGroup(name)).id
    if (group && name !== group.displayName) await admin.renameGroup(id, name)
    for (const each of people) if (members.includes(each.id) !== held.includes(each.id)) await (members.includes(each.id) ? admin.join : admin.leave)(id, each.id)
  } })
  if (done) again()
}

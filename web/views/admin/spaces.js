// Every space that several people have together: its room, its members, and its end in two steps.
import * as admin from "../../api/admin.js"
import { makeDrive } from "../../api/change.js"
import { h, icon } from "../../lib/html.js"
import { size, t } from "../../lib/i18n.js"
import { bar, bytes, line, list, round, sure, typed } from "./pieces.js"

/** @param {import("./pieces.js").App} app @param {() => void} again */
export async function draw(app, again) {
  const spaces = await admin.spaces()
  return [bar(t("admin.part-spaces"), h("button", { class: "primary", onclick: () => edit(app, null, again) }, icon("plus"), t("spaces.new"))),
    list(spaces.sort((a, b) => a.name.localeCompare(b.name)).map(each => space(app, each, again)), t("empty.spaces"))]
}

function space(/** @type {import("./pieces.js").App} */ app, /** @type {import("../../api/dav.js").Drive} */ each, /** @type {() => void} */ again) {
  const { id, name, quota, root } = each, off = Boolean(root?.deleted)
  const members = (root?.permissions || []).map((/** @type {any} */ one) => (one.grantedToV2.user || one.grantedToV2.group).displayName)
  const known = [off ? t("admin.disabled") : quota?.total ? t("quota.of", { used: size(quota.used || 0), total: size(quota.total) }) : t("quota.used", { used: size(quota?.used || 0) }), members.join(", ")]
  const run = (/** @type {Promise<any>} */ work) => app.try(async () => { await work; await app.drives.load(); again() })
  const tools = off ? [h("button", { onclick: () => run(admin.restoreSpace(id)) }, t("admin.restore")),
    round("trash", t("admin.purge-of", { name }), async () => await sure(app, t("admin.purge-of", { name }), t("admin.purge-sure"), t("admin.purge"), () => admin.purgeSpace(id)) && again())]
    : [h("button", { "aria-label": t("admin.change-of", { name }), onclick: () => edit(app, each, again) }, t("admin.change")),
      round("people", t("spaces.members", { name }), async () => { await app.dialog("share-dialog", { entry: { id, name, folder: true } }); again() }),
      round("pause", t("admin.disable-of", { name }), async () => await sure(app, t("admin.disable-of", { name }), t("admin.disable-space-sure"), t("admin.disable"), () => admin.disableSpace(id)) && run(Promise.resolve()))]
  return line(name, known.filter(Boolean).join(" · "), tools, icon("space"), off)
}

async function edit(/** @type {import("./pieces.js").App} */ app, /** @type {import("../../api/dav.js").Drive|null} */ space, /** @type {() => void} */ again) {
  const done = await app.dialog("form-dialog", { heading: space ? space.name : t("spaces.new"), action: t(space ? "save" : "admin.make"), fields: [
    { name: "name", label: t("spaces.name"), value: space?.name, required: true, more: { maxlength: "200" } },
    { name: "description", label: t("admin.description"), value: space?.description },
    { name: "room", label: t("admin.room"), value: typed(space?.quota?.total), hint: t("admin.room-hint"), more: { inputmode: "decimal", pattern: "[0-9]{0,7}([.,][0-9]{1,3})?" } },
  ], save: async (/** @type {any} */ { name, description, room }) => {
    const id = space?.id || (await makeDrive(name)).id
    await admin.changeSpace(id, { name, description, ...!space || room !== typed(space.quota?.total) ? { quota: { total: bytes(room) } } : {} })
  } })
  if (!done) return
  await app.drives.load()
  again()
}

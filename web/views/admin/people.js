// Everybody who has an account: made, changed, given room and a role, helped back in, and removed.
import * as admin from "../../api/admin.js"
import { h, icon } from "../../lib/html.js"
import { t } from "../../lib/i18n.js"
import { bar, bytes, initial, invented, line, list, round, sure, typed } from "./pieces.js"

/** @param {import("./pieces.js").App} app @param {() => void} again */
export async function draw(app, again) {
  const [people, groups] = await Promise.all([admin.people(), admin.groups()])
  const shown = h("div", {}), field = h("input", { type: "search", "aria-label": t("admin.find-people"), placeholder: t("admin.find-people"), oninput: () => look() })
  const look = () => {
    const text = field.value.trim().toLowerCase()
    const found = people.filter(each => [each.displayName, each.onPremisesSamAccountName, each.mail].some(name => name?.toLowerCase().includes(text)))
    shown.replaceChildren(list(found.map(each => person(app, each, people, groups, again)), t("admin.nobody-found")))
  }
  look()
  return [bar(t("admin.part-people"), people.length > 8 && field, h("button", { class: "primary", onclick: () => make(app, groups, again) }, icon("plus"), t("admin.add-person"))), shown]
}

function roleOf(/** @type {admin.Person} */ person) {
  return person.appRoleAssignments?.[0]?.appRoleId || ""
}

const ROLES = () => /** @type {[string, string][]} */ (Object.entries(admin.ROLES).map(([id, name]) => [id, t(`admin.role-${name}`)]))

function person(/** @type {import("./pieces.js").App} */ app, /** @type {admin.Person} */ each, /** @type {admin.Person[]} */ people, /** @type {admin.Group[]} */ groups, /** @type {() => void} */ again) {
  const name = each.displayName, me = each.id === app.me.id
  const known = [each.onPremisesSamAccountName, t(`admin.role-${admin.ROLES[roleOf(each)] || "user"}`), each.memberOf?.map(group => group.displayName).join(", "), !each.accountEnabled && t("admin.disabled"), me && t("share.you")]
  const menu = (/** @type {Event} */ event) => app.menu(event.currentTarget, [
    { label: t("admin.new-password"), icon: "restore", run: () => password(app, each) },
    { label: t("admin.second-factor"), icon: "info", run: () => factor(app, each, again) },
    !me && { label: t(each.accountEnabled ? "admin.disable" : "admin.enable"), icon: each.accountEnabled ? "pause" : "play", run: () => app.try(async () => {
      await admin.changePerson(each.id, { accountEnabled: !each.accountEnabled })
      app.say(t(each.accountEnabled ? "admin.disabled-done" : "admin.enabled-done", { name }))
      again()
    }) },
    !me && null,
    !me && { label: t("admin.remove"), icon: "trash", danger: true, run: () => remove(app, each, people, again) },
  ].filter(item => item || item === null))
  return line(name, known.filter(Boolean).join(" · "), [
    h("button", { "aria-label": t("admin.change-of", { name }), onclick: () => change(app, each, groups, again) }, t("admin.change")), round("more", t("admin.more-of", { name }), menu)], initial(name), !each.accountEnabled)
}

/** @returns {import("../../elements/form-dialog.js").Field} */
function room(/** @type {number|undefined} */ total) {
  return { name: "room", label: t("admin.room"), value: typed(total), hint: t("admin.room-hint"), more: { inputmode: "decimal", pattern: "[0-9]{0,7}([.,][0-9]{1,3})?" } }
}

async function make(/** @type {import("./pieces.js").App} */ app, /** @type {admin.Group[]} */ groups, /** @type {() => void} */ again) {
  const secret = invented()
  const done = await app.dialog("form-dialog", { heading: t("admin.add-person"), action: t("admin.make"), fields: [
    { name: "displayName", label: t("admin.name"), required: true, more: { maxlength: "255" } },
    { name: "login", label: t("admin.login"), required: true, hint: t("admin.login-hint"), more: { maxlength: "64", autocapitalize: "none", spellcheck: "false" } },
    { name: "password", label: t("admin.first-password"), value: secret, required: true, hint: t("admin.first-password-hint"), more: { minlength: "8", autocapitalize: "none", spellcheck: "false" } },
    room(0), { name: "role", label: t("admin.role"), type: "select", options: ROLES(), value: "d7beeea8-8ff4-406b-8fb6-ab2dd81e6b11" },
    ...groups.length ? [/** @type {any} */ ({ name: "groups", label: t("admin.part-groups"), type: "checks", options: groups.map(each => [each.id, each.displayName]), value: [] })] : [],
  ], save: async (/** @type {any} */ given) => {
    const made = await admin.addPerson({ displayName: given.displayName, onPremisesSamAccountName: given.login, passwordProfile: { password: given.password } })
    if (bytes(given.room)) await admin.door(`people/${made.id}/quota`, "PUT", { total: bytes(given.room) })
    if (given.role !== "d7beeea8-8ff4-406b-8fb6-ab2dd81e6b11") await admin.giveRole(made, given.role)
    for (const group of given.groups || []) await admin.join(group, made.id)
  } })
  if (!done) return
  again()
  await app.dialog("secret-dialog", { heading: t("admin.card", { name: done.displayName }), text: t("admin.card-keep"), secrets: [[t("admin.address"), location.origin], [t("admin.login"), done.login], [t("admin.first-password"), done.password]] })
}

async function change(/** @type {import("./pieces.js").App} */ app, /** @type {admin.Person} */ each, /** @type {admin.Group[]} */ groups, /** @type {() => void} */ again) {
  const quota = await app.try(() => admin.door(`people/${each.id}/quota`)), role = roleOf(each), held = (each.memberOf || []).map(group => group.id), me = each.id === app.me.id
  const done = await app.dialog("form-dialog", { heading: each.displayName, action: t("save"), fields: [
    { name: "displayName", label: t("admin.name"), value: each.displayName, required: true, more: { maxlength: "255" } },
    { name: "mail", label: t("admin.mail"), value: each.mail || "", type: "email" }, room(quota?.total),
    ...me ? [] : [{ name: "role", label: t("admin.role"), type: "select", options: ROLES(), value: role }],
    ...groups.length ? [/** @type {any} */ ({ name: "groups", label: t("admin.part-groups"), type: "checks", options: groups.map(group => [group.id, group.displayName]), value: held })] : [],
  ], save: async (/** @type {any} */ given) => {
    const facts = { ...given.displayName !== each.displayName && { displayName: given.displayName }, ...given.mail !== (each.mail || "") && { mail: given.mail } }
    if (Object.keys(facts).length) await admin.changePerson(each.id, facts)
    if (given.room !== typed(quota?.total)) await admin.door(`people/${each.id}/quota`, "PUT", { total: bytes(given.room) })
    if (given.role && given.role !== role) await admin.giveRole(each, given.role)
    for (const { id } of groups) {
      const wanted = (given.groups || []).includes(id)
      if (wanted !== held.includes(id)) await (wanted ? admin.join : admin.leave)(id, each.id)
    }
  } })
  if (done) again()
}

async function password(/** @type {import("./pieces.js").App} */ app, /** @type {admin.Person} */ { id, displayName: name, onPremisesSamAccountName: login }) {
  const done = await app.dialog("form-dialog", { heading: t("admin.new-password-of", { name }), text: t("admin.new-password-says"), action: t("save"), fields: [
    { name: "password", label: t("admin.new-password"), value: invented(), required: true, more: { minlength: "8", autocapitalize: "none", spellcheck: "false" } },
  ], save: (/** @type {any} */ given) => admin.changePerson(id, { passwordProfile: { password: given.password } }) })
  if (done) await app.dialog("secret-dialog", { heading: t("admin.card", { name }), text: t("admin.card-keep"), secrets: [[t("admin.login"), login], [t("admin.new-password"), done.password]] })
}

async function factor(/** @type {import("./pieces.js").App} */ app, /** @type {admin.Person} */ { id, displayName: name }, /** @type {() => void} */ again) {
  const has = await app.try(() => admin.door(`people/${id}/second-factor`))
  if (!has) return
  const parts = [has.authenticatorApp && t("admin.factor-app"), has.passkeys && t("admin.factor-passkeys", { n: has.passkeys }), has.recoveryCodes && t("admin.factor-codes", { n: has.recoveryCodes })].filter(Boolean)
  const choice = await app.dialog("choice-dialog", { heading: t("admin.second-factor-of", { name }), text: parts.length ? parts.join(", ") : t("admin.factor-none"),
    choices: parts.length ? [["rescue", t("admin.rescue"), t("admin.rescue-says")], ["reset", t("admin.reset"), t("admin.reset-says")]] : [] })
  if (choice === "rescue") {
    const made = await app.try(() => admin.door(`people/${id}/rescue`, "POST", {}))
    if (made) await app.dialog("secret-dialog", { heading: t("admin.rescue-of", { name }), text: t("admin.rescue-tell"), secrets: [[t("admin.code"), made.code]] })
  }
  if (choice === "reset" && await sure(app, t("admin.reset"), t("admin.reset-sure", { name }), t("admin.reset"), () => admin.door(`people/${id}/second-factor`, "DELETE"))) {
    app.say(t("admin.reset-done", { name }))
    again()
  }
}

async function remove(/** @type {import("./pieces.js").App} */ app, /** @type {admin.Person} */ { id, displayName: name }, /** @type {admin.Person[]} */ people, /** @type {() => void} */ again) {
  const done = await app.dialog("form-dialog", { heading: t("admin.remove-of", { name }), text: t("admin.remove-says"), action: t("admin.remove"), fields: [
    { name: "heir", label: t("admin.heir"), type: "select", value: "", options: [["", t("admin.heir-none")], ...people.filter(each => each.id !== id && admin.ROLES[roleOf(each)] !== "guest").map(each => [each.id, each.displayName])] },
  ], save: (/** @type {any} */ given) => admin.removePerson(id, given.heir) })
  if (done) {
    app.say(t("admin.removed", { name }))
    again()
  }
}

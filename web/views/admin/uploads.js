// Which files are taken, in the house and in single spaces; the scanner for viruses and what it keeps.
import { door, spaces as all } from "../../api/admin.js"
import { h, icon } from "../../lib/html.js"
import { size, t, when } from "../../lib/i18n.js"
import { absent, bar, card, facts, line, list, state, sure } from "./pieces.js"

/** @param {import("./pieces.js").App} app @param {() => void} again */
export async function draw(app, again) {
  const [firewall, held] = await Promise.all([door("firewall"), door("quarantine")])
  return [bar(t("admin.part-uploads")),
    firewall ? scanner(firewall) : absent(t("admin.scanner")), firewall && rules(app, firewall, again), firewall && ofSpaces(app, firewall, again),
    held?.value.length > 0 && h("h3", {}, t("admin.quarantine")), held?.value.length > 0 && list(held.value.map((/** @type {any} */ each) => kept(app, each, again)), "")]
}

/** @param {{scanner: {address: string, state: string}, unscanned: number, quarantined: number}} firewall */
function scanner({ scanner: { address, state: how }, unscanned, quarantined }) {
  return card(t("admin.scanner"), how === "none" ? h("p", {}, t("admin.scanner-none")) : state(how === "well" ? "well" : "critical", t(how === "well" ? "admin.scanner-well" : "admin.scanner-away")),
    facts([[t("admin.address"), address], [t("admin.unscanned"), unscanned ? String(unscanned) : ""], [t("admin.quarantined"), quarantined ? String(quarantined) : ""]]))
}

/** @param {import("./pieces.js").App} app @param {any} firewall @param {() => void} again */
function rules(app, { house, scan, families }, again) {
  const options = (/** @type {string[]} */ names) => names.map(each => [each, t(`admin.scan-${each}`)])
  const edit = async () => await app.dialog("form-dialog", { heading: t("admin.rules"), action: t("save"), fields: [...areas(house, families),
    { name: "infected", label: t("admin.infected"), type: "select", value: scan.infected, options: options(["remove", "quarantine"]) },
    { name: "away", label: t("admin.away"), type: "select", value: scan.away, options: options(["refuse", "quarantine", "pass"]) },
  ], save: (/** @type {any} */ given) => door("firewall", "PUT", { house: rule(given), scan: { ...scan, infected: given.infected, away: given.away } }) }) && again()
  return card(t("admin.rules"), house.deny.length || house.allow.length ? null : t("admin.rules-none"), facts([[t("admin.rule-deny"), house.deny.join(", ")], [t("admin.rule-allow"), house.allow.join(", ")]]),
    h("p", {}, h("button", { onclick: edit }, t("admin.rules-change"))))
}

/** The two lists of a rule as fields, and as they are sent. */
function areas(/** @type {{allow: string[], deny: string[]}} */ { allow, deny }, /** @type {string[]} */ families) {
  return [{ name: "deny", label: t("admin.rule-deny"), type: "area", value: deny.join("\n"), hint: t("admin.rule-hint", { families: families.join(", ") }) }, { name: "allow", label: t("admin.rule-allow"), type: "area", value: allow.join("\n") }]
}

function rule(/** @type {{allow: string, deny: string}} */ { allow, deny }) {
  const [allowed, denied] = [allow, deny].map(text => text.split(/[\s,]+/).filter(Boolean))
  return { allow: allowed, deny: denied }
}

/** Single spaces may be stricter than the house. @param {import("./pieces.js").App} app @param {any} firewall @param {() => void} again */
function ofSpaces(app, { spaces, families }, again) {
  const set = (/** @type {string} */ id, /** @type {any} */ rule) => door("firewall", "PUT", { spaces: { [id]: rule } })
  const edit = async (/** @type {string} */ id) => await app.dialog("form-dialog", { heading: t("admin.rules-of", { name: spaces[id].name }), text: t("admin.rules-space-says"), action: t("save"), fields: areas(spaces[id], families),
    save: (/** @type {any} */ given) => set(id, rule(given)) }) && again()
  const add = () => app.try(async () => {
    const free = (await all()).map(each => [each.id.split("$")[1], each.name]).filter(([id]) => !spaces[id])
    if (!free.length) return app.say(t("admin.rules-space-all"))
    return await app.dialog("form-dialog", { heading: t("admin.rules-space-new"), text: t("admin.rules-space-says"), action: t("admin.make"),
      fields: [{ name: "space", label: t("admin.rules-space"), type: "select", value: free[0][0], options: free }, ...areas({ allow: [], deny: [] }, families)],
      save: (/** @type {any} */ given) => set(given.space, rule(given)) }) && again()
  })
  const lines = Object.entries(spaces).sort(([, one], [, other]) => one.name.localeCompare(other.name)).map(([id, { name, allow, deny }]) => line(name, [deny.length > 0 && `${t("admin.rule-deny")}: ${deny.join(", ")}`, allow.length > 0 && `${t("admin.rule-allow")}: ${allow.join(", ")}`].filter(Boolean).join(" · "), [
    h("button", { "aria-label": t("admin.change-of", { name }), onclick: () => edit(id) }, t("admin.change")),
    h("button", { "aria-label": t("admin.rules-end-of", { name }), onclick: async () => await sure(app, t("admin.rules-end-of", { name }), t("admin.rules-end-sure"), t("admin.remove"), () => set(id, null)) && again() }, t("admin.remove"))], icon("space")))
  return card(t("admin.rules-spaces"), lines.length ? h("ul", { class: "lines list" }, lines) : t("admin.rules-spaces-none"), h("p", {}, h("button", { onclick: add }, t("admin.rules-space-new"))))
}

/** @param {import("./pieces.js").App} app @param {any} each @param {() => void} again */
function kept(app, { id, name, size: bytes, byName, spaceName, why, virus, since }, again) {
  const known = [t(why === "virus" ? "admin.held-virus" : "admin.held-unscanned", { virus }), byName && t("admin.by", { name: byName }), spaceName, size(bytes), when(Date.parse(since))]
  return line(name, known.filter(Boolean).join(" · "), [
    h("button", { "aria-label": t("admin.release-of", { name }), onclick: async () => await sure(app, t("admin.release-of", { name }), t("admin.release-sure"), t("admin.release"), () => door(`quarantine/${id}/release`, "POST", {})) && again() }, t("admin.release")),
    h("button", { class: "danger", "aria-label": t("admin.destroy-of", { name }), onclick: async () => await sure(app, t("admin.destroy-of", { name }), t("admin.destroy-sure"), t("admin.destroy"), () => door(`quarantine/${id}`, "DELETE")) && again() }, t("admin.destroy"))], icon("warn"))
}

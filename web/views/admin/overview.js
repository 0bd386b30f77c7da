// How the box is, and what needs a person: a card for each, in the order of how much it matters.
import { door } from "../../api/admin.js"
import { h } from "../../lib/html.js"
import { exactly, lasting, size, t, when } from "../../lib/i18n.js"
import { certified } from "./certificate.js"
import { absent, bar, card, facts, state } from "./pieces.js"

let looked = false                                  // whether somebody wants to know how it is just now

/** @param {import("./pieces.js").App} app @param {() => void} again */
export async function draw(app, again) {
  const [setup, health, backup, update, certificate] = await Promise.all(["setup", "health", "backup", "update", "certificate"].map(name => door(name === "health" && looked ? "health?now" : name).catch(() => null)))
  return [bar(t("admin.part-overview"), h("button", { onclick: () => { looked = true; again() } }, t("admin.look-again"))),
    setup?.step && card(t("admin.setup"), t("admin.setup-says"), h("p", {}, h("a", { class: "button primary", href: "/setup" }, t("admin.setup-go-on")))),
    health ? howItIs(health) : absent(t("admin.health")),
    backup ? backedUp(backup) : null,
    update ? updated(app, update, again) : absent(t("admin.update")),
    certificate ? certified(certificate, h("p", {}, h("a", { class: "button", href: "/admin/certificate" }, t("admin.certificate-look")))) : absent(t("admin.certificate"))]
}

/** @param {{state: string, findings: {state: string, text: string, remedy: string}[], figures: Record<string, any>, checked: string}} health */
function howItIs({ state: how, findings, figures, checked }) {
  const found = findings.filter(each => each.state !== "well")
  return card(t("admin.health"), state(how, found.length ? t("admin.health-wants", { n: found.length }) : t("admin.health-well")),
    found.length > 0 && h("ul", { class: "lines" }, found.map(each => h("li", {}, h("div", { class: "grow" }, state(each.state, each.text), each.remedy && h("p", {}, each.remedy))))),
    facts([[t("admin.disk"), figures?.disk?.bytes && t("admin.free-of", { free: size(figures.disk.free), total: size(figures.disk.bytes) })], [t("admin.temperature"), figures?.temperature != null && `${Math.round(figures.temperature)} °C`],
      [t("admin.uptime"), figures?.uptime && lasting(figures.uptime)], ...(figures?.phones || []).map((/** @type {any} */ each) => [t("admin.phone", { name: each.name }), when(Date.parse(each.last))])]),
    checked && h("small", {}, t("admin.checked", { when: when(Date.parse(checked)) })))
}

/** @param {{configured: boolean, place: string, running: boolean, last: {state: string, time: string, error: string}|null, checked: {state: string}|null}} backup */
function backedUp({ configured, place, running, last, checked }) {
  const bad = last && !["done", "well"].includes(last.state)
  const says = !configured ? state("warning", t("admin.backup-none")) : running ? t("admin.backup-running") : checked?.state === "damaged" || last?.state === "damaged" ? state("critical", t("admin.backup-damaged")) : !last ? state("warning", t("admin.backup-never"))
    : bad ? state("critical", t("admin.backup-failed", { when: exactly(Date.parse(last.time)) })) : state("well", t("admin.backup-done", { when: exactly(Date.parse(last.time)), place: place || "" }))
  return card(t("admin.part-backups"), says, bad && last.error && h("p", {}, last.error), h("p", {}, h("a", { class: "button", href: "/admin/backups" }, t(configured ? "admin.backup-look" : "admin.backup-set"))))
}

/** @param {import("./pieces.js").App} app @param {{version: string, available: string|null, state: string, text: string, last: string}} update @param {() => void} again */
function updated(app, { version, available, state: how, text, last }, again) {
  return card(t("admin.update"), state(available ? "warning" : how === "failed" ? "critical" : "well", available ? t("admin.update-there", { version: available }) : t("admin.update-none", { version })), h("p", {}, how === "by hand" ? t("admin.update-by-hand") : how === "nightly" ? t("admin.update-nightly") : text), last && h("p", { class: "muted" }, last),
    available && h("p", {}, h("button", { class: "primary", onclick: () => app.try(async () => { await door("update", "POST", {}); app.say(t("admin.update-begun")); again() }) }, t("admin.update-do"))))
}

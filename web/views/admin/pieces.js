// What the parts of the administration are made of: cards that say one sentence and offer one button, lists, states.
import { h, icon } from "../../lib/html.js"
import { legible, t } from "../../lib/i18n.js"

/** @typedef {import("../../app.js").App} App */

/** The head of a part: its name, and what one can do. */
export function bar(/** @type {string} */ title, /** @type {any[]} */ ...tools) {
  return h("div", { class: "bar" }, h("h2", {}, title), tools)
}

/** A card: a title, one sentence, one button. */
export function card(/** @type {string} */ title, /** @type {any} */ says, /** @type {any[]} */ ...more) {
  return h("section", { class: "box" }, h("h3", {}, title), says && (typeof says === "string" ? h("p", {}, says) : says), more)
}

/** A card for what this box does not have (yet). */
export function absent(/** @type {string} */ title) {
  return card(title, h("p", { class: "muted" }, t("admin.absent")))
}

/** How something is: "well", "warning" or "critical". */
export function state(/** @type {string} */ how, /** @type {string} */ text) {
  const known = how === "well" || how === "critical" ? how : "warning"
  return h("p", { class: `state ${known}` }, icon(known === "well" ? "check" : "warn"), text)
}

/** Facts beside their names; those without a value are left out. */
export function facts(/** @type {[string, any][]} */ pairs) {
  return h("dl", {}, pairs.filter(([, value]) => value || value === 0).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]))
}

/** A list in a card, or what is said where there is nothing. */
export function list(/** @type {any[]} */ lines, /** @type {string} */ none) {
  return lines.length ? h("ul", { class: "box list lines" }, lines) : h("div", { class: "box" }, h("p", { class: "muted" }, none))
}

/** A line: what it is about, what is known of it, what can be done. */
export function line(/** @type {string} */ name, /** @type {string} */ known, /** @type {any[]} */ tools, /** @type {any} */ picture = null, off = false) {
  return h("li", { class: off && "off" }, picture && h("span", { class: "avatar", "aria-hidden": "true" }, picture),
    h("div", { class: "grow" }, h("bdi", {}, legible(name)), h("small", {}, known)), h("div", { class: "do" }, tools))
}

export function initial(/** @type {string} */ name) {
  return [...name][0]?.toUpperCase() || "?"
}

/** A round button that says to screen readers what it is about. */
export function round(/** @type {string} */ picture, /** @type {string} */ label, /** @type {(event: Event) => any} */ onclick) {
  return h("button", { class: "round", "aria-label": label, title: label, onclick }, icon(picture))
}

/** Ask whether to go on with what cannot be undone, and do it. @returns {Promise<boolean>} whether it was done */
export async function sure(/** @type {App} */ app, /** @type {string} */ heading, /** @type {string} */ text, /** @type {string} */ action, /** @type {() => Promise<any>} */ work) {
  if (!await app.dialog("confirm-dialog", { heading, text, action })) return false
  return await app.try(async () => { await work(); return true }) ?? false
}

/** Gigabytes as one types them, from bytes; "" for no limit. */
export function typed(/** @type {number|undefined} */ bytes) {
  return bytes ? String(Math.round(bytes / 1e8) / 10) : ""
}

export function bytes(/** @type {string} */ text) {
  return Math.round(Number(text.replace(",", ".")) * 1e9) || 0
}

/** A password that can be read aloud. */
export function invented() {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789", drawn = crypto.getRandomValues(new Uint32Array(12))
  return [...drawn].map((number, i) => (i && i % 4 === 0 ? "-" : "") + letters[number % letters.length]).join("")
}

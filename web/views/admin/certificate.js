// The certificate: which one the box shows, how devices come to trust its own, and one from an authority that everybody trusts.
import { door } from "../../api/admin.js"
import { h } from "../../lib/html.js"
import { day, t } from "../../lib/i18n.js"
import { bar, card, facts, state } from "./pieces.js"

const AGAIN = 5_000                                 // milliseconds until it is looked at again while one is being made
const KEEPERS = { desec: "desec.io", duckdns: "www.duckdns.org" }

/**
 * @typedef {object} Certificate
 * @property {"acme"|"own"|"file"|"none"} kind
 * @property {string[]} names
 * @property {string|null} expires
 * @property {string} state
 * @property {string} text
 * @property {string|null} ca
 * @property {string|null} [fingerprint]
 * @property {boolean} working
 * @property {{name: string, challenge: string, dns: string, email: string, directory: string, agreed: boolean}} wanted
 */

/** @param {import("./pieces.js").App} app @param {() => void} again */
export async function draw(app, again) {
  /** @type {Certificate} */
  const found = await door("certificate"), { kind, state: how, ca, working, wanted } = found
  const order = () => app.try(async () => { await door("certificate", "POST", {}); again() }), edit = async () => await ask(app, wanted) && again()
  const shown = certified(found, facts([[t("admin.fingerprint"), found.fingerprint && h("code", {}, pairs(found.fingerprint.toUpperCase()))]]),
    kind === "own" && ca && h("p", {}, h("a", { class: "button", href: "/ca" }, t("admin.certificate-ca"))))
  if (working || kind !== "none" && !found.expires) setTimeout(() => shown.isConnected && again(), AGAIN)
  const title = t("admin.trusted"), change = (/** @type {string} */ word, name = "") => h("button", { class: name, onclick: edit }, t(word))
  const trusted = kind === "none" || kind === "file" ? null
    : working ? card(title, h("p", { role: "status" }, t("admin.trusted-working", { name: wanted.name })))
      : !wanted.name ? card(title, t("admin.trusted-none"), h("p", {}, change("admin.trusted-ask", "primary")))
        : how === "well" ? card(title, t("admin.trusted-there", { name: wanted.name }), h("p", {}, change("admin.change")))
          : card(title, t("admin.trusted-not", { name: wanted.name }), h("p", { class: "bar" }, h("button", { class: "primary", onclick: order }, t("admin.trusted-again")), change("admin.change")))
  return [bar(t("admin.part-certificate")), shown, trusted]
}

/** How it is, in a card. @param {Certificate} certificate @param {any[]} more */
export function certified({ kind, names, expires, state: how, text }, ...more) {
  return card(t("admin.certificate"), state(kind === "none" ? "warning" : how, kind === "none" || how === "well" ? t(`admin.certificate-${kind}`) : text),
    facts([[t("admin.names"), names.join(", ")], [t("admin.good-until"), expires && day(Date.parse(expires))]]), more)
}

/** A number in pairs, as browsers show it; it breaks between them. */
function pairs(/** @type {string} */ text) {
  return text.match(/../g).map((pair, i) => i ? [":", h("wbr"), pair] : pair)
}

/** Say which name and how it is proven; the secret of who keeps the DNS is never shown again. */
function ask(/** @type {import("./pieces.js").App} */ app, /** @type {Certificate["wanted"]} */ wanted) {
  const kept = wanted.dns.split(":")[0], was = wanted.challenge === "http-01" ? "http-01" : kept in KEEPERS ? kept : "dns-01", at = new URL(wanted.directory).hostname
  const plain = { autocapitalize: "none", spellcheck: "false" }, authority = at.endsWith(".letsencrypt.org") ? "Let’s Encrypt" : at
  return app.dialog("form-dialog", { heading: t("admin.trusted"), text: t("admin.trusted-says", { authority }), action: t("admin.trusted-order"), fields: [
    { name: "name", label: t("admin.trusted-name"), value: wanted.name, hint: t("admin.trusted-name-hint"), more: { ...plain, inputmode: "url" } },
    { name: "proof", label: t("admin.trusted-proof"), type: "select", value: was, hint: t("admin.proof-hint"), options: ["http-01", "desec", "duckdns", "dns-01"].map(each => [each, t(`admin.proof-${each}`)]) },
    { name: "token", label: t("admin.trusted-token"), type: "password", hint: wanted.dns ? t("share.password-keep") : "", more: { autocomplete: "new-password" } },
    { name: "dns", label: t("admin.trusted-dns"), value: was === "dns-01" ? wanted.dns : "", hint: t("admin.trusted-dns-hint"), more: plain },
    { name: "email", label: t("admin.mail"), type: "email", value: wanted.email, hint: t("admin.trusted-mail-hint") },
    { name: "agreed", label: t("admin.trusted-agree", { authority }), type: "check", value: wanted.agreed },
  ], change: (/** @type {any} */ { proof, token, agreed, name }, /** @type {(name: string, on: boolean) => void} */ offer) => {
    offer("token", proof.value in KEEPERS)
    offer("dns", proof.value === "dns-01")
    token.required = proof.value !== was
    agreed.required = Boolean(name.value)
  }, save: (/** @type {any} */ { name, proof, token, dns, email, agreed }) => door("certificate", "PUT", { name, email, agreed, challenge: proof === "http-01" ? proof : "dns-01",
    ...proof === "dns-01" ? { dns } : token ? { dns: `${proof}://${encodeURIComponent(token)}@${KEEPERS[proof]}` } : {} }) })
}

// Links in force, whoever made them: what is open to anybody who knows an address.
import { door } from "../../api/admin.js"
import { h, icon } from "../../lib/html.js"
import { day, t } from "../../lib/i18n.js"
import { bar, line, list, sure } from "./pieces.js"

/** @param {import("./pieces.js").App} app @param {() => void} again */
export async function draw(app, again) {
  const found = await door("links")
  return [bar(t("admin.part-links")), h("p", { class: "muted" }, t("admin.links-say")), list((found?.value || []).map((/** @type {any} */ each) => {
    const facts = [t("admin.by", { name: each.byName || "?" }), each.space, t(`link.${each.type}`), each.password ? t("share.with-password") : t("admin.no-password"), each.expires && t("share.until", { day: day(Date.parse(each.expires)) }), t("admin.visits", { n: each.visits })]
    return line(each.item, facts.filter(Boolean).join(" · "), [h("button", { "aria-label": t("admin.end-of", { name: each.item }), onclick: async () => await sure(app, t("admin.end-of", { name: each.item }), t("admin.end-sure"), t("admin.end"), () => door(`links/${each.id}`, "DELETE")) && again() }, t("admin.end"))], icon("link"))
  }), t("admin.no-links"))]
}

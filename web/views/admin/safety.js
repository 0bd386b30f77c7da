// How everybody must sign in.
import { door } from "../../api/admin.js"
import { h } from "../../lib/html.js"
import { t } from "../../lib/i18n.js"
import { bar, card } from "./pieces.js"

const WHOM = ["nobody", "administrators", "everyone"]

/** @param {import("./pieces.js").App} app @param {() => void} again */
export async function draw(app, again) {
  const { secondFactor } = await door("policy")
  const choose = (/** @type {string} */ wanted) => app.try(async () => {
    await door("policy", "PUT", { secondFactor: wanted })
    app.say(t("admin.saved"))
    again()
  })
  return [bar(t("admin.part-safety")), card(t("admin.policy"), t("admin.policy-says"), h("fieldset", {}, h("legend", { class: "unseen" }, t("admin.policy")), WHOM.map(each =>
    h("label", { class: "check" }, h("input", { type: "radio", name: "policy", value: each, checked: each === secondFactor, onchange: () => choose(each) }), t(`admin.policy-${each}`)))),
    h("p", { class: "muted" }, t("admin.policy-hint"))),
    card(t("admin.yours"), t("admin.yours-says"), h("p", {}, h("a", { class: "button", href: "/account" }, t("me.account"))))]
}

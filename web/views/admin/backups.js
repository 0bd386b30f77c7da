// Backups: where they go, whether the last one went well, and one now.
import { door } from "../../api/admin.js"
import { fill, h } from "../../lib/html.js"
import { exactly, size, t } from "../../lib/i18n.js"
import { absent, bar, card, facts, line, list, state, sure } from "./pieces.js"

/** @param {import("./pieces.js").App} app @param {() => void} again */
export async function draw(app, again) {
  const backup = await door("backup")
  if (!backup) return [bar(t("admin.part-backups")), absent(t("admin.part-backups"))]
  const { configured, kind, place, running, last, checked } = backup, damaged = checked?.state === "damaged" || last?.state === "damaged", kept = h("div", { "aria-busy": "true" }), bad = last && !["done", "well"].includes(last.state)
  const says = !configured ? state("warning", t("admin.backup-none")) : running ? h("p", {}, t("admin.backup-running")) : damaged ? state("critical", t("admin.backup-damaged")) : !last ? state("warning", t("admin.backup-never"))
    : bad ? state("critical", t("admin.backup-failed", { when: exactly(Date.parse(last.time)) })) : state("well", t("admin.backup-done", { when: exactly(Date.parse(last.time)), place }))
  const begin = (/** @type {string} */ what, /** @type {string} */ said) => app.try(async () => { await door(`backup/${what}`, "POST", {}); app.say(t(said)); again() })
  const stop = () => sure(app, t("admin.backup-stop"), t("admin.backup-stop-says"), t("admin.backup-stop"), () => door("backup", "DELETE")).then(done => done && again())
  const shown = [bar(t("admin.part-backups"), configured && h("button", { class: "primary", disabled: running, onclick: () => begin("run", "admin.backup-begun") }, t("admin.backup-now"))),
    card(t("admin.backup-state"), says, bad && last.error && h("p", {}, last.error), checked?.error && h("p", {}, checked.error), facts([[t("admin.backup-place"), place], [t("admin.backup-kind"), kind && t(`admin.backup-kind-${kind}`)], [t("admin.backup-size"), last?.bytes ? size(last.bytes) : ""], [t("admin.backup-checked"), checked?.time ? exactly(Date.parse(checked.time)) : ""]]),
      h("p", { class: "bar" }, configured && h("button", { onclick: () => app.try(async () => show(app, (await door("backup/sheet", "POST", {})).sheet)) }, t("admin.sheet-again")), h("button", { class: configured ? "" : "primary", onclick: async () => await set(app, backup) && again() }, t("admin.backup-set")),
        h("button", { onclick: () => app.try(async () => app.dialog("secret-dialog", { heading: t("admin.ssh-key"), text: t("admin.ssh-key-says"), secrets: [["", (await door("backup/key")).key]] })) }, t("admin.ssh-key")),
        configured && last && h("button", { disabled: running, onclick: () => begin("verify", "admin.backup-verify-begun") }, t("admin.backup-verify")), configured && h("button", { onclick: stop }, t("admin.backup-stop")))),
    h("h3", {}, t("admin.snapshots")), kept]
  look(app, kept, configured && !running)
  return shown
}

/** What is kept; the place is asked, which takes long where it is away. */
async function look(/** @type {import("./pieces.js").App} */ app, /** @type {HTMLElement} */ kept, /** @type {boolean} */ there) {
  try {
    const snapshots = there ? (await door("backup?snapshots")).snapshots : []
    fill(kept, list(snapshots.map((/** @type {any} */ each) => line(exactly(Date.parse(each.time)), each.id.slice(0, 8), [])), t("admin.no-snapshots")))
  } catch (error) {
    fill(kept, h("div", { class: "box" }, state("warning", app.why(error))))
  }
  kept.removeAttribute("aria-busy")
}

/** Choose where backups go; the sheet that comes back is the only way to read them elsewhere. */
async function set(/** @type {import("./pieces.js").App} */ app, /** @type {{place: string, disks: {place: string}[]}} */ { place, disks }) {
  let sheet = ""
  const plain = { autocapitalize: "none", spellcheck: "false" }, secret = { ...plain, autocomplete: "new-password" }
  const done = await app.dialog("form-dialog", { heading: t("admin.backup-set"), text: t("admin.backup-says"), action: t("save"), fields: [
    { name: "place", label: t("admin.backup-place"), value: place || disks[0]?.place || "", required: true, hint: t("admin.backup-hint"), more: plain },
    { name: "access", label: t("admin.backup-access"), hint: t("admin.backup-access-hint"), more: plain }, { name: "secret", label: t("admin.backup-secret"), type: "password", more: secret },
    { name: "key", label: t("admin.backup-key"), hint: t("admin.backup-key-hint"), more: plain }, { name: "sameDisk", label: t("admin.backup-same-disk"), type: "check" },
  ], save: async (/** @type {any} */ given) => {
    sheet = (await door("backup", "PUT", Object.fromEntries(Object.entries(given).filter(([, value]) => value)))).sheet
  } })
  if (done && sheet) await show(app, sheet)
  return done
}

function show(/** @type {import("./pieces.js").App} */ app, /** @type {string} */ sheet) {
  return app.dialog("secret-dialog", { heading: t("admin.sheet"), text: t("admin.sheet-says"), secrets: [["", sheet]] })
}

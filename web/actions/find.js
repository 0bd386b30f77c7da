// From the id of a thing, as in private links, to where it lies; and that in words.
import { look, whereIs } from "../api/details.js"
import { t } from "../lib/i18n.js"
import { files } from "../router.js"

/** Go to the folder of that id, or to the one that holds the file. */
export async function find(/** @type {import("../app.js").App} */ app, /** @type {string} */ id) {
  const drive = app.drives.byId(id)
  if (drive) return app.go(files(drive), true)
  try {
    const where = await whereIs(id), found = app.drives.byId(where.drive)
    const entry = found ? await look(where.drive, where.path) : null
    if (!entry) return app.go("/shared/with-me", true)
    return app.go(files(found, entry.folder ? where.path : where.path.split("/").slice(0, -1).join("/")), true)
  } catch (error) {
    app.say(app.why(error))
    return app.go("/", true)
  }
}

/** In words where something lies. */
export function lies(/** @type {import("../app.js").App} */ app, /** @type {import("../api/search.js").Found} */ { drive, where }) {
  const found = app.drives.byId(drive), name = !found || found.driveType === "virtual" ? t("nav.shared") : found.driveType === "personal" ? t("nav.mine") : found.name
  return where ? `${name} / ${where.replaceAll("/", " / ")}` : name
}

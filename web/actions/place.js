// Moving, copying and restoring to where a name may be taken, one thing after the other, with one question for all that are alike.
import * as change from "../api/change.js"
import * as dav from "../api/dav.js"
import { Failure } from "../api/http.js"
import { another, t } from "../lib/i18n.js"

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../api/dav.js").Entry} Entry */

/**
 * Ask what to do about a name that is taken, once for all if the person wants.
 * @param {App} app
 */
export function asker(app) {
  let always = null
  return async (/** @type {string} */ name, /** @type {boolean} */ folder, more = false) => {
    if (always) return always
    const answer = await app.dialog("conflict-dialog", { name, folder, more })
    if (answer?.always) always = answer.choice
    return answer?.choice || "skip"
  }
}

/**
 * Move or copy things into a folder of a drive.
 * @param {App} app @param {"MOVE"|"COPY"} method @param {Entry[]} entries @param {string} drive @param {string} path
 */
export async function put(app, method, entries, drive, path) {
  const ask = asker(app), done = []
  for (const [i, entry] of entries.entries()) {
    const target = path ? `${path}/${entry.name}` : entry.name
    if (method === "MOVE" && drive === entry.drive && target === entry.path) continue
    const to = method === "COPY" && drive === entry.drive && target === entry.path ? await free(drive, path, entry) : target
    try {
      await one(method, entry, drive, to)
      done.push({ entry, drive, path: to })
    } catch (error) {
      if (!(error instanceof Failure && error.status === 412)) {
        app.say(app.why(error))
        break
      }
      const choice = await ask(entry.name, entry.folder, i < entries.length - 1)
      if (choice === "skip") continue
      const other = choice === "both" ? await free(drive, path, entry) : to
      if (await app.try(async () => { await one(method, entry, drive, other, choice === "replace"); return true })) done.push({ entry, drive, path: other, replaced: choice === "replace" })
    }
  }
  await app.refresh()
  if (done.length) app.say(t(method === "MOVE" ? "done.moved" : "done.copied", { n: done.length, name: done[0].entry.name }), undo(app, method, done))
}

/** To another space, a move is a copy and a deletion. */
async function one(/** @type {"MOVE"|"COPY"} */ method, /** @type {Entry} */ entry, /** @type {string} */ drive, /** @type {string} */ path, replace = false) {
  const across = method === "MOVE" && drive !== entry.drive
  await change.place(across ? "COPY" : method, entry, drive, path, replace)
  if (across) await change.remove(entry)
}

function undo(/** @type {App} */ app, /** @type {string} */ method, /** @type {any[]} */ done) {
  if (done.some(each => each.replaced || method === "MOVE" && each.drive !== each.entry.drive)) return null
  return { label: t("undo"), run: () => app.try(async () => {
    for (const { entry, drive, path } of done.reverse()) {
      if (method === "MOVE") await change.place("MOVE", { ...entry, drive, path }, entry.drive, entry.path)
      else await change.remove({ ...entry, drive, path })
    }
    await app.refresh()
  }) }
}

/** A path in a folder that nothing has yet. */
async function free(/** @type {string} */ drive, /** @type {string} */ path, /** @type {Entry} */ entry) {
  const names = new Set((await dav.list(drive, path)).entries.map(each => each.name))
  const name = another(entry.name, each => names.has(each), entry.folder)
  return path ? `${path}/${name}` : name
}

// Files from outside on their way into a folder: what is taken already is asked about before anything is sent.
import * as change from "../api/change.js"
import * as dav from "../api/dav.js"
import { dropped } from "../lib/drops.js"
import { h } from "../lib/html.js"
import { another } from "../lib/i18n.js"
import { asker } from "./place.js"

/** @typedef {import("../app.js").App} App */

/**
 * Put files from outside into a folder: [{file, path}], the path of what lies in folders beneath it.
 * @param {App} app @param {{file: File, path: string}[]} files @param {string} drive @param {string} folder @param {string[]} [empty] folders to make
 */
export async function upload(app, files, drive, folder, empty = []) {
  const ask = asker(app), beneath = new Map([[folder, null]]), within = (/** @type {string} */ path) => folder && path ? `${folder}/${path}` : folder || path
  for (const path of [...new Set([...empty, ...files.map(each => each.path)])].sort()) {
    const parts = path.split("/").filter(Boolean)
    for (let i = 1; i <= parts.length; i++) beneath.set(within(parts.slice(0, i).join("/")), null)
  }
  await app.try(async () => {
    for (const path of beneath.keys()) {
      if (path !== folder) await change.makeFolder(drive, path).catch(error => { if (error.status !== 405) throw error })
      beneath.set(path, new Map((await dav.list(drive, path)).entries.map(each => [each.name, each])))
    }
    const ready = []
    for (const [i, { file, path }] of files.entries()) {
      const there = beneath.get(within(path)), taken = there.get(file.name)
      const choice = !taken ? "new" : taken.folder ? "both" : await ask(file.name, false, i < files.length - 1)
      if (choice === "skip") continue
      const name = choice === "both" ? another(file.name, each => there.has(each)) : file.name
      there.set(name, taken || { name })
      ready.push({ drive, folder: within(path), name, file, guard: choice === "replace" ? { "If-Match": taken.etag } : { "If-None-Match": "*" } })
    }
    if (ready.length) (await uploading(app)).add(ready)
    await app.folder.refresh()
  })
}

/** Put what was dropped into a folder: files, and folders with all beneath them. */
export async function drop(/** @type {App} */ app, /** @type {any[]} */ entries, /** @type {File[]} */ plain, /** @type {string} */ drive, /** @type {string} */ path) {
  const { files, folders } = await dropped(entries, plain)
  await upload(app, files, drive, path, folders)
}

/** The uploads, which come with their tray when there are some. @returns {Promise<import("../model/uploads.js").Uploads>} */
export async function uploading(/** @type {App} */ app) {
  const [{ Uploads }] = await Promise.all([app.load("model/uploads"), app.load("elements/upload-tray")])
  if (!app.uploads) {
    app.uploads = new Uploads(app)
    app.uploads.addEventListener("idle", () => app.refresh())
    document.body.append(h("upload-tray", { app }))
  }
  return app.uploads
}

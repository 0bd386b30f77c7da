// What can be done with files: each command is data, which menu, bar and keyboard read alike.
import * as dav from "../api/dav.js"
import { asker, put } from "./place.js"
import { download } from "./download.js"
import { another } from "../lib/format.js"
import { t } from "../lib/i18n.js"

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../api/dav.js").Entry} Entry */
/**
 * @typedef {object} Action
 * @property {string} name  its label is the string "action.NAME"
 * @property {string} icon
 * @property {string} [keys]  as a KeyboardEvent names the key
 * @property {boolean} [danger]
 * @property {(app: App, entries: Entry[]) => any} enabled
 * @property {(app: App, entries: Entry[]) => any} run
 */

const can = /** @param {string} letter */ letter => /** @param {App} _ @param {Entry[]} entries */ (_, entries) => entries.every(each => each.can?.includes(letter))

/** @type {Action[]} */
export const FILES = [
  { name: "open", icon: "open", enabled: (_, entries) => entries.length === 1, run: (app, [entry]) => app.shell.querySelector("files-view, shared-view")?.open(entry) },
  { name: "download", icon: "download", enabled: (_, entries) => entries.length > 0, run: download },
  { name: "share", icon: "share", enabled: (_, entries) => entries.length === 1 && entries[0].can?.includes("R"), run: async (app, [entry]) => {
    await app.dialog("share-dialog", { entry })
    app.folder.refresh()
  } },
  { name: "rename", icon: "rename", keys: "F2", enabled: (app, entries) => entries.length === 1 && can("N")(app, entries), run: rename },
  { name: "move", icon: "move", keys: "x", enabled: can("D"), run: (app, entries) => choose(app, "MOVE", entries) },
  { name: "copy", icon: "copy", keys: "c", enabled: (_, entries) => entries.length > 0, run: (app, entries) => choose(app, "COPY", entries) },
  { name: "details", icon: "info", keys: "i", enabled: (_, entries) => entries.length === 1, run: app => app.shell.querySelector("files-view, shared-view")?.toggle(true) },
  { name: "remove", icon: "trash", keys: "Delete", danger: true, enabled: can("D"), run: remove },
]

async function choose(/** @type {App} */ app, /** @type {"MOVE"|"COPY"} */ method, /** @type {Entry[]} */ entries) {
  const to = await app.dialog("place-dialog", { method, entries })
  if (to) await put(app, method, entries, to.drive, to.path)
}

async function rename(/** @type {App} */ app, /** @type {Entry[]} */ [entry]) {
  const above = entry.path.slice(0, entry.path.length - entry.name.length)
  const name = await app.dialog("name-dialog", { title: t("rename.title"), label: t("rename.label"), action: t("rename.do"), value: entry.name, folder: entry.folder,
    save: (/** @type {string} */ name) => dav.place("MOVE", entry, entry.drive, above + name) })
  if (!name || name === entry.name) return
  await app.folder.refresh()
  app.selection.only(app.folder.entries.findIndex(each => each.id === entry.id))
  app.say(t("done.renamed", { name }), { label: t("undo"), run: () => app.try(async () => {
    await dav.place("MOVE", { ...entry, path: above + name }, entry.drive, entry.path)
    await app.folder.refresh()
  }) })
}

/** Make a folder where one is. */
export async function newFolder(/** @type {App} */ app) {
  const { drive, path } = app.folder.self
  const name = await app.dialog("name-dialog", { title: t("action.new-folder"), label: t("new-folder.label"), action: t("new-folder.do"), value: "", folder: true,
    save: (/** @type {string} */ name) => dav.makeFolder(drive, path ? `${path}/${name}` : name) })
  if (!name) return
  await app.folder.refresh()
  const index = app.folder.entries.findIndex(each => each.name === name)
  app.selection.only(index)
  app.shell.querySelector("file-list")?.reveal(index)
}

/** Delete: at once, and to be undone, because all goes to the trash. */
async function remove(/** @type {App} */ app, /** @type {Entry[]} */ entries) {
  const gone = []
  app.folder.without(new Set(entries.map(each => each.id)))
  for (const entry of entries) {
    try {
      await dav.remove(entry)
      gone.push(entry)
    } catch (error) {
      app.say(app.why(error))
      break
    }
  }
  app.refresh()
  if (gone.length) app.say(t("done.removed", { n: gone.length, name: gone[0].name }), { label: t("undo"), run: () => app.try(() => restore(app, gone)) })
}

/** Bring back what was deleted just now. The trash calls a thing by the last part of its id, if that name was free. */
async function restore(/** @type {App} */ app, /** @type {Entry[]} */ gone) {
  const bins = new Map()
  for (const { drive, path, id } of gone.reverse()) {
    const real = id.split("!")[0]
    if (!bins.has(real)) bins.set(real, await dav.trash(real, undefined))
    const lying = bins.get(real).filter(each => each.from === path || each.id === id.split("!")[1]).sort((a, b) => b.deleted - a.deleted)[0]
    if (lying) await dav.restore(drive, lying.id, path)
  }
  await app.refresh()
}

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
      if (path !== folder) await dav.makeFolder(drive, path).catch(error => { if (error.status !== 405) throw error })
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
    if (ready.length) app.uploads.add(ready)
    await app.folder.refresh()
  })
}

// What can be done with files: each command is data, which menu, bar and keyboard read alike.
import { write } from "../api/content.js"
import * as change from "../api/change.js"
import { favourite } from "../api/labels.js"
import * as trash from "../api/trash.js"
import { t } from "../lib/i18n.js"
import { download } from "./download.js"
import { put } from "./place.js"

export { put }

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
  { name: "open", icon: "open", enabled: (_, entries) => entries.length === 1, run: (app, [entry]) => /** @type {any} */ (app.shell.querySelector(".view")).open(entry) },
  { name: "download", icon: "download", enabled: (_, entries) => entries.length > 0, run: download },
  { name: "share", icon: "share", enabled: (_, entries) => entries.length === 1 && entries[0].can?.includes("R"), run: async (app, [entry]) => {
    await app.dialog("share-dialog", { entry })
    app.folder.refresh()
  } },
  { name: "reveal", icon: "folder", enabled: (_, entries) => entries.length === 1 && Boolean(entries[0].in), run: (app, [entry]) => {
    app.wanted = entry.id
    app.go(`/f/${encodeURIComponent(entry.id)}`)
  } },
  { name: "star", icon: "star", enabled: (_, entries) => entries.length > 0 && entries.every(each => each.id) && entries.some(each => !each.favourite), run: (app, entries) => star(app, entries, true) },
  { name: "unstar", icon: "star", enabled: (_, entries) => entries.length > 0 && entries.every(each => each.favourite), run: (app, entries) => star(app, entries, false) },
  { name: "rename", icon: "rename", keys: "F2", enabled: (app, entries) => entries.length === 1 && can("N")(app, entries), run: rename },
  { name: "move", icon: "move", keys: "x", enabled: can("D"), run: (app, entries) => choose(app, "MOVE", entries) },
  { name: "copy", icon: "copy", keys: "c", enabled: (_, entries) => entries.length > 0, run: (app, entries) => choose(app, "COPY", entries) },
  { name: "details", icon: "info", keys: "i", enabled: (_, entries) => entries.length === 1, run: app => /** @type {any} */ (app.shell.querySelector(".view")).toggle(true) },
  { name: "remove", icon: "trash", keys: "Delete", danger: true, enabled: can("D"), run: remove },
]

/** The action that a key is for: a letter with Ctrl or Command, so that nothing happens while somebody looks for a name. */
export function byKey(/** @type {KeyboardEvent} */ event) {
  const command = event.ctrlKey || event.metaKey
  return FILES.find(each => each.keys === event.key && command === (event.key.length === 1))
}

async function star(/** @type {App} */ app, /** @type {Entry[]} */ entries, /** @type {boolean} */ on) {
  await app.try(async () => { for (const each of entries) if (Boolean(each.favourite) !== on) await favourite(each.id, on) })
  await app.folder.refresh()
}

async function choose(/** @type {App} */ app, /** @type {"MOVE"|"COPY"} */ method, /** @type {Entry[]} */ entries) {
  const to = await app.dialog("place-dialog", { method, entries })
  if (to) await put(app, method, entries, to.drive, to.path)
}

async function rename(/** @type {App} */ app, /** @type {Entry[]} */ [entry]) {
  const above = entry.path.slice(0, entry.path.length - entry.name.length)
  const name = await app.dialog("name-dialog", { title: t("rename.title"), label: t("rename.label"), action: t("rename.do"), value: entry.name, folder: entry.folder,
    save: (/** @type {string} */ name) => change.place("MOVE", entry, entry.drive, above + name) })
  if (!name || name === entry.name) return
  await app.folder.refresh()
  app.selection.only(app.folder.entries.findIndex(each => each.id === entry.id))
  app.say(t("done.renamed", { name }), { label: t("undo"), run: () => app.try(async () => {
    await change.place("MOVE", { ...entry, path: above + name }, entry.drive, entry.path)
    await app.folder.refresh()
  }) })
}

/** Make a folder where one is. */
export function newFolder(/** @type {App} */ app) {
  return make(app, { title: t("action.new-folder"), label: t("new-folder.label"), value: "", folder: true }, change.makeFolder)
}

/** Make an empty text and write in it. */
export async function newText(/** @type {App} */ app) {
  const name = await make(app, { title: t("action.new-text"), label: t("new-text.label"), value: "text.md", folder: false }, (drive, path) => write(drive, path, "", { "If-None-Match": "*" }))
  const entry = name && app.folder.named(name)
  if (entry) await app.dialog("view-dialog", { entry, edit: true })
}

async function make(/** @type {App} */ app, /** @type {any} */ asked, /** @type {(drive: string, path: string) => Promise<any>} */ how) {
  const { drive, path } = app.folder.self
  const name = await app.dialog("name-dialog", { ...asked, action: t("new-folder.do"), save: (/** @type {string} */ name) => how(drive, path ? `${path}/${name}` : name) })
  if (!name) return null
  await app.folder.refresh()
  const index = app.folder.entries.findIndex(each => each.name === name)
  app.selection.only(index)
  app.shell.querySelector("file-list")?.reveal(index)
  return name
}

/** Delete: at once, and to be undone, because all goes to the trash. */
export async function remove(/** @type {App} */ app, /** @type {Entry[]} */ entries) {
  const gone = [], { source, entries: before } = app.folder
  app.folder.without(new Set(entries.map(each => each.id)))
  for (const entry of entries) {
    try {
      await change.remove(entry)
      gone.push(entry)
    } catch (error) {
      app.say(app.why(error))
      if (app.folder.source === source) app.folder.without(new Set(gone.map(each => each.id)), before)     // what is still there must not look deleted
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
    if (!bins.has(real)) bins.set(real, await trash.list(real, undefined))
    const lying = bins.get(real).filter(each => each.from === path || each.id === id.split("!")[1]).sort((a, b) => b.deleted - a.deleted)[0]
    if (lying) await trash.restore(drive, lying.id, path)
  }
  await app.refresh()
}

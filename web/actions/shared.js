// What a phone's gallery has shared with the app: the service worker holds it, a person says where it goes.
import { t } from "../lib/i18n.js"
import { upload } from "./upload.js"

/** @param {import("../app.js").App} app */
export async function take(app) {
  const worker = navigator.serviceWorker?.controller
  /** @type {File[]} */
  const files = worker ? await new Promise(resolve => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = event => resolve(event.data)
    worker.postMessage("handed", [port2])
  }) : []
  if (!files.length) return app.say(t("shared.nothing"))
  const to = await app.dialog("place-dialog", { method: "UPLOAD", entries: files.map(each => ({ id: "", name: each.name })) })
  if (to) await upload(app, files.map(file => ({ file, path: "" })), to.drive, to.path)
  return undefined
}

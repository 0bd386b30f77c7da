// What lies over the page: dialogs and menus, the topmost last. Each has an entry of its own in the browser's history, so that Back, as a button or a
// swipe, closes the topmost and leaves the page beneath as it is; where one is closed otherwise, its entry goes, too.
import { back } from "../router.js"

/** @typedef {HTMLElement & {app: import("../app.js").App, close: () => any}} Layer */

/** @type {Layer[]} */
const layers = []
/** @type {import("../app.js").App} */
let app = null
let moving = false                                  // it is us who go back

/** Something opens over the page, or stays there after all. */
export function lay(/** @type {Layer} */ layer) {
  app = layer.app
  if (!layers.includes(layer)) layers.push(layer)
  return settle()
}

/** It is gone. Resolved when the history knows nothing of it; until then `app.go` waits, too. */
export function lift(/** @type {Layer} */ layer) {
  if (layers.includes(layer)) layers.splice(layers.indexOf(layer), 1)
  return settle()
}

/** How many entries of the history there are over that of the page. */
function depth() {
  return history.state?.over || 0
}

/** Have as many as there are layers. */
function settle() {
  app.settled = app.settled.then(async () => {
    for (let more; (more = layers.length - depth());) {
      if (more > 0) history.pushState({ over: depth() + 1 }, "")
      else {
        const before = depth()
        moving = true
        await back(-more)
        moving = false
        if (depth() === before) history.replaceState({ over: layers.length }, "")     // a browser that has forgotten the way
      }
    }
  })
  return app.settled
}

addEventListener("popstate", () => {
  if (moving) return
  if (depth() > layers.length) settle()             // forward, to where something lay
  else for (const each of layers.slice(depth()).reverse()) each.close()
})

// Downloads by the browser itself, from addresses that are good for a while: nothing is held in the page.
import { archiveAddress } from "../api/archive.js"
import { downloadAddress } from "../api/content.js"
import { h } from "../lib/html.js"

/** @param {import("../app.js").App} app @param {import("../api/dav.js").Entry[]} entries */
export function download(app, entries) {
  return app.try(async () => {
    const [one] = entries, single = entries.length === 1 && !one.folder
    if (single) return save(await downloadAddress(one), one.name)
    const name = entries.length === 1 ? one.name : app.drive?.name || "Hearth"
    save(await archiveAddress(app.me.onPremisesSamAccountName, entries.map(each => each.id)), `${name}.zip`)
  })
}

/** Let the browser save what is at an address. */
export function save(/** @type {string} */ href, /** @type {string} */ name) {
  const link = h("a", { href, download: name, hidden: true })
  document.body.append(link)
  link.click()
  link.remove()
}

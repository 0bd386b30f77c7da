// What one is told: the list of notices (OCS), and the live stream of what has changed (server-sent events), other people's and other tabs' changes.
import { whenSeen } from "../lib/html.js"
import { access, ask, Failure, json, person, SignedOut, signIn, TAB } from "./http.js"

const LIST = "/ocs/v2.php/apps/notifications/api/v1/notifications", STREAM = `${LIST}/sse`
const FIRST = 1_000, LONGEST = 60_000               // milliseconds until it is tried again
const BEHIND = 2_000                                // milliseconds until search knows what has changed
const SILENT = 70_000                               // milliseconds without even a heartbeat after which the line is taken for dead

/**
 * @typedef {object} Notice
 * @property {string} notification_id
 * @property {string} datetime
 * @property {string} object_id
 * @property {string} object_type
 * @property {string} subject
 * @property {string} message
 * @property {string} messageRich  with {places} for what is in messageRichParameters
 * @property {Record<string, any>} messageRichParameters
 */

/** @returns {Promise<Notice[]>} the newest first */
async function notices() {
  return (await json(LIST)).ocs.data || []
}

export function dismiss(/** @type {string[]} */ ids) {
  return ask("DELETE", LIST, { body: { ids } })
}

/** @typedef {{id: string, type: string, data: any}} Message */

/**
 * Listen until the stream ends, and say each message. By fetch, because EventSource can send no token.
 * @param {(message: Message) => void} hear @param {string} last  the id of the last message that was heard @param {AbortSignal} signal
 * @throws {Failure}
 */
async function listen(hear, last, signal) {
  const dead = new AbortController(), both = AbortSignal.any([signal, dead.signal])
  const headers = { Authorization: `Bearer ${await access()}`, Accept: "text/event-stream", "Initiator-ID": TAB, ...last && { "Last-Event-ID": last } }
  const answer = await fetch(STREAM, { headers, signal: both, cache: "no-store" })
  if (!answer.ok) throw new Failure(answer.status)
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = "", watch = null
  for (;;) {
    clearTimeout(watch)
    watch = setTimeout(() => dead.abort(), SILENT)
    const { value, done } = await reader.read()
    if (done) return clearTimeout(watch)
    const blocks = (text + value).split("\n\n")
    text = blocks.pop()
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").filter(line => line && line[0] !== ":").map(line => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]))
      if (fields.id || fields.event) hear({ id: fields.id || "", type: fields.event || "", data: fields.data ? JSON.parse(fields.data) : {} })
    }
  }
}

/** What happens elsewhere, "elsewhere", and what one is told, "change". One tab holds the stream and tells the others, because a browser opens six connections to a server and no more. */
export class Live extends EventTarget {
  /** @type {Notice[]} */
  notices = []
  #last = ""

  constructor() {
    super()
    this.channel = new BroadcastChannel(`hearth ${person.id}`)
    this.channel.onmessage = event => this.#hear(event.data)
    this.load()
    // Where a browser has no locks (pages by plain http), each tab listens for itself while it is looked at.
    if (navigator.locks) navigator.locks.request(`hearth ${person.id}`, () => this.#hold(new AbortController().signal, message => this.channel.postMessage(message)))
    else this.#whileSeen()
  }

  /** Have the list of notices as it is now. */
  async load() {
    this.notices = await notices().catch(() => this.notices)
    this.changed()
  }

  changed() {
    this.dispatchEvent(new Event("change"))
  }

  /** Listen for ever; after a failure again, each time a little later, never all tabs of a house at once. */
  async #hold(/** @type {AbortSignal} */ signal, pass = (/** @type {any} */ _) => {}) {
    for (let wait = FIRST; !signal.aborted;) {
      try {
        await listen(message => { wait = FIRST; this.#last = message.id || this.#last; this.#hear(message); pass(message) }, this.#last, signal)
      } catch (error) {
        if (error instanceof SignedOut) return signIn()
        wait = Math.min(LONGEST, wait * 2)
      }
      await new Promise(resolve => setTimeout(resolve, wait * (.5 + Math.random())))
    }
    return undefined
  }

  #whileSeen() {
    let stop = new AbortController()
    this.#hold(stop.signal)
    whenSeen(seen => {
      stop.abort()
      stop = new AbortController()
      if (seen) this.#hold(stop.signal)
    })
  }

  #hear(/** @type {Message} */ message) {
    const { type, data } = message
    if (!type || data.initiatorid === TAB) return
    if (type === "userlog-notification") {
      this.notices = [data, ...this.notices.filter(each => each.notification_id !== data.notification_id)]
      this.changed()
    } else if (type === "backchannel-logout") access(true).catch(error => error instanceof SignedOut && signIn())
    else this.dispatchEvent(new CustomEvent("elsewhere", { detail: message }))
    if (type === "missed") this.load()
  }
}

/**
 * Something has changed elsewhere: what may show it is looked at again.
 * @param {import("../app.js").App} app @param {Message} message
 */
export function regard(app, { type, data }) {
  const { self, entries, state } = app.folder, photos = app.place.view === "photos", here = self && [data.parentitemid, data.itemid].includes(self.id) || entries.some(each => each.id === data.itemid)
  if (type.startsWith("space-")) app.drives.load().catch(() => {})
  else if (type === "missed" || here || photos || state === "loading") app.soon(photos ? BEHIND : undefined)
  else if (type.startsWith("share-") && data.affecteduserids?.includes(person.id) && (app.place.view === "with-me" || app.drive?.driveType === "virtual")) app.soon()
}

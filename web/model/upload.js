// One file on its way to the server: part after part, taken up again where the server has got to, after a pause, a lost network or a reload.
import { look } from "../api/details.js"
import { Failure } from "../api/http.js"
import * as tus from "../api/tus.js"

const TRIES = 6

export class Upload {
  /** @type {"waiting"|"running"|"paused"|"done"|"failed"|"lost"} lost: the file must be chosen again */
  state = "waiting"
  sent = 0
  /** @type {any} */
  error = null
  address = ""
  #unsure = false                                   // whether it may have been begun, or ended, without our hearing of it
  #stop = new AbortController()

  /**
   * @param {{drive: string, folder: string, name: string, file: File|null, size: number, modified: number, guard?: Record<string, string>, address?: string}} given
   * @param {() => void} changed
   */
  constructor(given, changed) {
    Object.assign(this, { guard: {}, ...given })
    this.drive = given.drive
    this.folder = given.folder
    this.name = given.name
    this.size = given.size
    this.modified = given.modified
    /** @type {File|null} */
    this.file = given.file
    this.guard = given.guard || {}
    this.changed = changed
  }

  /** Send it; ends when it is done, failed or paused. */
  async run() {
    this.#stop = new AbortController()
    this.#to("running")
    for (let tries = 0; ;) {
      try {
        await this.#send(() => { tries = 0 })
        return this.#to("done")
      } catch (error) {
        if (this.state !== "running") return
        if (!passing(error) || ++tries > TRIES) return this.#to("failed", error)
        await this.#pause(Math.min(30_000, 500 * 2 ** tries))
        if (this.state !== "running") return
      }
    }
  }

  pause() {
    this.#to("paused")
    this.#stop.abort()
  }

  /** Give it up, here and at the server. */
  cancel() {
    this.#to("failed")
    this.#stop.abort()
    return this.address && this.sent < this.size ? tus.cancel(this.address).catch(() => {}) : null
  }

  /** Whether that is the file that was on its way before the page was loaded again. */
  is(/** @type {File} */ file) {
    return file.name === this.name && file.size === this.size && file.lastModified === this.modified
  }

  /** Whether what lies at its place is it, whole. */
  lies(/** @type {import("../api/dav.js").Entry|null} */ found) {
    return found?.size === this.size && Math.floor(found.modified / 1000) === Math.floor(this.modified / 1000)
  }

  async #send(/** @type {() => void} */ forward) {
    const { signal } = this.#stop, progress = /** @param {number} sent */ sent => { this.sent = sent; this.changed() }
    let at = this.address ? await tus.offset(this.address) : null
    if (at === null) {
      this.#unsure ||= Boolean(this.address)        // forgotten by the server: perhaps because the last part has arrived, and its answer was lost
      const begun = await this.#create(progress, signal)
      this.address = begun.address
      at = begun.offset
      this.changed()
    }
    while (at < this.size) {
      progress(at)
      at = await tus.send(this.address, this.file, at, progress, signal)
      forward()
    }
    this.sent = this.size
  }

  /** Begin. Where the answer to that was lost and the name is taken now, what lies there may be ours, whole already. */
  async #create(/** @type {(sent: number) => void} */ progress, /** @type {AbortSignal} */ signal) {
    try {
      return await tus.create(/** @type {any} */ (this), progress, signal)
    } catch (error) {
      if (error.status === 412 && this.#unsure) {
        const found = await look(this.drive, this.folder ? `${this.folder}/${this.name}` : this.name).catch(() => null)
        if (this.lies(found)) return { address: "", offset: this.size }
      }
      this.#unsure ||= error.status === 0 || error.name === "AbortError"
      throw error
    }
  }

  #pause(/** @type {number} */ milliseconds) {
    return new Promise(resolve => {
      setTimeout(resolve, milliseconds)
      addEventListener("online", resolve, { once: true })
      this.#stop.signal.addEventListener("abort", resolve, { once: true })
    })
  }

  #to(/** @type {Upload["state"]} */ state, /** @type {any} */ error = null) {
    this.state = state
    this.error = error
    this.changed()
  }
}

/** Whether trying again can help. */
function passing(/** @type {any} */ error) {
  return error instanceof Failure && (error.status === 0 || error.status === 423 || error.status >= 500 && error.status !== 507 || error.status === 409)
}

// All files on their way: three at a time, remembered over a reload by their address at the server.
import { Failure } from "../api/http.js"
import { look } from "../api/details.js"
import { offset } from "../api/tus.js"
import { Upload } from "./upload.js"

const AT_ONCE = 3, KEPT = "uploads", TICK = 120     // milliseconds between two looks of the tray

export class Uploads extends EventTarget {
  /** @type {Upload[]} */
  all = []
  #told = 0
  /** @type {any} */
  #later = null

  constructor(/** @type {import("../app.js").App} */ app) {
    super()
    this.app = app
    for (const kept of this.#kept()) this.all.push(Object.assign(new Upload({ ...kept, file: null }, () => this.#changed()), { state: "lost" }))
    for (const upload of [...this.all]) this.#recall(upload).catch(() => {})
    addEventListener("beforeunload", event => this.active.length && event.preventDefault())
  }

  get active() {
    return this.all.filter(each => each.state === "running" || each.state === "waiting")
  }

  /** Bytes in all, bytes sent, of what is not over yet or ended with the rest. */
  get sum() {
    return this.all.reduce((sum, each) => ({ size: sum.size + each.size, sent: sum.sent + (each.state === "done" ? each.size : each.sent) }), { size: 0, sent: 0 })
  }

  /** Put files on their way. A file that was interrupted by a reload goes on instead. */
  add(/** @type {{drive: string, folder: string, name: string, file: File, guard?: Record<string, string>}[]} */ files) {
    let room = new Map()
    for (const one of files) {
      const lost = this.all.find(each => each.state === "lost" && each.drive === one.drive && each.folder === one.folder && each.is(one.file))
      const upload = lost || new Upload({ ...one, size: one.file.size, modified: one.file.lastModified }, () => this.#changed())
      upload.file = one.file
      upload.state = "waiting"
      if (!lost) this.all.push(upload)
      const left = (room.get(one.drive) ?? this.app.drives.room(one.drive)) - one.file.size
      if (left < 0) Object.assign(upload, { state: "failed", error: new Failure(507) })
      else room.set(one.drive, left)
    }
    this.dispatchEvent(new Event("begin"))
    this.#next()
  }

  pause(/** @type {Upload} */ upload) {
    upload.pause()
    this.#next()
  }

  resume(/** @type {Upload} */ upload) {
    upload.state = "waiting"
    this.#next()
  }

  /** Pause all that are on their way; where none is, let all go on. */
  turn() {
    const { active } = this
    for (const each of active) each.pause()
    if (!active.length) for (const each of this.all) if (each.state === "paused") each.state = "waiting"
    this.#next()
  }

  /** Give one up and forget it. */
  async remove(/** @type {Upload} */ upload) {
    this.all = this.all.filter(each => each !== upload)
    if (upload.state !== "done") await upload.cancel()
    this.#next()
  }

  /** Forget all that are over. */
  clear() {
    this.all = this.all.filter(each => each.state !== "done" && each.state !== "failed")
    this.#changed()
  }

  /** What the server does not know any more was finished, if the file is there, or begins anew. */
  async #recall(/** @type {Upload} */ upload) {
    const { drive, folder, name } = upload
    if (await offset(upload.address) !== null || upload.state !== "lost") return
    const found = await look(drive, folder ? `${folder}/${name}` : name).catch(() => null)
    if (upload.lies(found)) await this.remove(Object.assign(upload, { state: "done" }))
    else upload.address = ""
  }

  #next() {
    const running = this.all.filter(each => each.state === "running").length
    for (const upload of this.all.filter(each => each.state === "waiting").slice(0, Math.max(0, AT_ONCE - running))) {
      upload.run().then(() => {
        this.#keep()
        if (upload.state === "done" && upload.drive === this.app.folder.self?.drive && upload.folder === this.app.folder.self.path) this.app.soon()
        this.#next()
        if (!this.active.length) this.dispatchEvent(new Event("idle"))
      })
    }
    this.#changed()
  }

  /** Say so, but not for every kilobyte. */
  #changed() {
    if (this.#later) return
    this.#later = setTimeout(() => {
      this.#later = null
      this.#told = Date.now()
      this.#keep()
      this.dispatchEvent(new Event("change"))
    }, Math.max(0, TICK - (Date.now() - this.#told)))
  }

  /** The addresses stay in this browser until the files are whole; each opens its own upload and nothing else. */
  #keep() {
    const open = this.all.filter(each => each.address && each.sent < each.size && each.state !== "done" && each.state !== "failed")
    const kept = JSON.stringify(open.map(({ drive, folder, name, size, modified, address, sent, guard }) => ({ drive, folder, name, size, modified, address, sent, guard })))
    if (kept !== localStorage.getItem(KEPT)) localStorage.setItem(KEPT, kept)
  }

  #kept() {
    try {
      return JSON.parse(localStorage.getItem(KEPT)) || []
    } catch {
      return []
    }
  }
}

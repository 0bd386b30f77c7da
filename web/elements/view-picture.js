// One picture: it fits the window, grows by wheel, pinch, double click and keys, and is pushed about when it is larger than that.
// A swipe to a side leads on, one downwards out. Says "step", "leave", and "nothing" where there is no picture after all.
import { downloadAddress } from "../api/content.js"
import { preview } from "../api/previews.js"
import { fill, h, HearthElement } from "../lib/html.js"
import { t } from "../lib/i18n.js"

const LARGEST = 2560, MOST = 8, SWIPE = 56, SHARP = 1.4
const ASIS = /\.(gif|svg|ico)$/i                    // moving, or drawn at any size
const KNOWN = /\.(jpe?g|png|gif|webp|avif|bmp|svg|ico)$/i

class ViewPictureElement extends HearthElement {
  /** @type {import("../api/dav.js").Entry} */
  entry = null
  /** @type {import("../api/dav.js").Entry[]} those beside it, made ready */
  near = []
  #scale = 1
  #at = { x: 0, y: 0 }
  /** @type {Map<number, {x: number, y: number}>} */
  #fingers = new Map()
  #from = { x: 0, y: 0, touch: false }
  #whole = false

  begin() {
    this.image = h("img", { alt: this.entry.name, draggable: "false", hidden: true, onload: () => { this.image.hidden = false; this.wait.hidden = true } })
    this.wait = h("p", { class: "wait" }, t("view.loading"))
    fill(this, this.wait, this.image)
    this.listen(this, "wheel", event => { event.preventDefault(); this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? .01 : .0022)), event) }, { passive: false })
    this.listen(this, "pointerdown", event => this.down(event))
    this.listen(this, "pointermove", event => this.move(event))
    this.listen(this, "pointerup pointercancel", event => this.up(event))
    this.listen(this, "dblclick", event => this.zoom(this.#scale > 1 ? 0 : 2.5, event))
    this.load()
  }

  async load() {
    const { entry } = this, { signal } = this.stop, pixels = Math.min(LARGEST, Math.max(innerWidth, innerHeight) * devicePixelRatio)
    const small = entry.preview && !ASIS.test(entry.name) ? await preview(entry, pixels, signal) : ""
    if (signal.aborted) return
    if (small) this.image.src = small
    else if (!await this.original()) return this.say("nothing")
    for (const each of this.near) preview(each, pixels, signal)
    return undefined
  }

  /** The file itself, if browsers know its kind; whether it is there. */
  async original() {
    if (!KNOWN.test(this.entry.name)) return false
    this.#whole = true
    const made = new Image()
    try {
      made.src = await downloadAddress(this.entry)
      await made.decode()
    } catch {
      return false
    }
    this.image.src = made.src
    return true
  }

  /** Make it larger by a factor, at a point if there is one; by 0 as large as it was. */
  zoom(/** @type {number} */ factor, /** @type {{clientX: number, clientY: number}|null} */ point = null) {
    const box = this.getBoundingClientRect(), before = this.#scale, now = factor === 0 ? 1 : Math.min(MOST, Math.max(1, before * factor))
    const x = point ? point.clientX - box.left - box.width / 2 : 0, y = point ? point.clientY - box.top - box.height / 2 : 0
    this.#scale = now
    this.#at = now === 1 ? { x: 0, y: 0 } : { x: x - (x - this.#at.x) * now / before, y: y - (y - this.#at.y) * now / before }
    this.put()
    if (now > SHARP && !this.#whole) this.original()
  }

  put() {
    const { clientWidth: width, clientHeight: height } = this.image, spare = (/** @type {number} */ size, /** @type {number} */ room) => Math.max(0, (size * this.#scale - room) / 2)
    const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.max(-most, Math.min(most, value))
    if (this.#scale > 1) this.#at = { x: within(this.#at.x, spare(width, this.clientWidth)), y: within(this.#at.y, spare(height, this.clientHeight)) }
    this.image.style.transform = `translate(${this.#at.x}px, ${this.#at.y}px) scale(${this.#scale})`
    this.classList.toggle("large", this.#scale > 1)
  }

  down(/** @type {PointerEvent} */ event) {
    if (event.button) return
    this.setPointerCapture(event.pointerId)
    this.#fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    if (this.#fingers.size === 1) this.#from = { x: event.clientX, y: event.clientY, touch: event.pointerType !== "mouse" }
  }

  move(/** @type {PointerEvent} */ event) {
    const before = this.#fingers.get(event.pointerId), now = { x: event.clientX, y: event.clientY }
    if (!before) return
    if (this.#fingers.size === 2) {
      const other = [...this.#fingers].find(([id]) => id !== event.pointerId)[1]
      this.#from.touch = false                      // what was a pinch is no swipe
      this.zoom(apart(now, other) / Math.max(1, apart(before, other)), { clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 })
    } else if (this.#scale > 1 || this.#from.touch) {
      this.#at = { x: this.#at.x + now.x - before.x, y: this.#at.y + (this.#scale > 1 ? now.y - before.y : 0) }
      this.put()
    }
    this.#fingers.set(event.pointerId, now)
  }

  up(/** @type {PointerEvent} */ event) {
    if (!this.#fingers.delete(event.pointerId) || this.#fingers.size || this.#scale > 1) return
    const x = event.clientX - this.#from.x, y = event.clientY - this.#from.y
    this.#at = { x: 0, y: 0 }
    this.put()
    if (!this.#from.touch || event.type === "pointercancel") return
    if (Math.abs(x) > SWIPE && Math.abs(x) > Math.abs(y)) this.say("step", x < 0 ? 1 : -1)
    else if (y > 2 * SWIPE && y > 2 * Math.abs(x)) this.say("leave")
  }
}

function apart(/** @type {{x: number, y: number}} */ a, /** @type {{x: number, y: number}} */ b) {
  return Math.hypot(a.x - b.x, a.y - b.y)
}

customElements.define("view-picture", ViewPictureElement)

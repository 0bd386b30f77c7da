// What our elements have in common: work begins when they are connected, and all they listen to ends when they are taken away.

export class HearthElement extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController()
    this.begin()
  }

  disconnectedCallback() {
    this.stop.abort()
    this.end()
  }

  /** To be written by each: build and listen. */
  begin() {}

  /** To be written where something else than listening must end. */
  end() {}

  /**
   * Listen until this element goes.
   * @param {EventTarget} target
   * @param {string} types  separated by spaces
   * @param {(event: any) => void} hear
   */
  listen(target, types, hear, options = {}) {
    for (const type of types.split(" ")) target.addEventListener(type, hear, { signal: this.stop.signal, ...options })
  }

  /** Say something to those above. */
  say(/** @type {string} */ type, /** @type {any} */ detail = null) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }))
  }
}

// Finds people and groups as one types, and says who was chosen: "chosen".
import { find } from "../api/shares.js"
import { fill, h, HearthElement, icon } from "../lib/html.js"
import { legible, t } from "../lib/i18n.js"

const LEAST = 3, WAIT = 200

class PeopleFieldElement extends HearthElement {
  /** @type {import("../app.js").App} */
  app = null
  #stop = new AbortController()
  at = -1

  begin() {
    this.field = h("input", { id: "people", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-expanded": "false", "aria-controls": "people-found", "aria-autocomplete": "list", placeholder: t("share.find") })
    this.list = h("ul", { id: "people-found", role: "listbox", "aria-label": t("share.found"), hidden: true })
    this.note = h("small", { role: "status" })
    fill(this, h("label", { for: "people", class: "unseen" }, t("share.find")), this.field, this.list, this.note)
    this.listen(this.field, "input", () => this.look())
    this.listen(this.field, "keydown", event => this.key(event))
    this.listen(this.field, "blur", () => setTimeout(() => this.offer([]), 150))
  }

  async look() {
    this.#stop.abort()
    const { signal } = this.#stop = new AbortController(), text = this.field.value.trim()
    this.note.textContent = ""
    if (text.length < LEAST) return this.offer([])
    await new Promise(resolve => setTimeout(resolve, WAIT))
    if (signal.aborted) return undefined
    try {
      const found = (await find(text, signal)).filter(each => each.id !== this.app.me.id)
      this.note.textContent = found.length ? "" : t("share.nobody")
      return this.offer(found)
    } catch (error) {
      if (error.name !== "AbortError") this.note.textContent = this.app.why(error)
      return undefined
    }
  }

  offer(/** @type {any[]} */ found) {
    this.found = found
    this.at = found.length ? 0 : -1
    fill(this.list, found.map((each, i) => h("li", { role: "option", id: `found-${i}`, "aria-selected": i === 0, onpointerdown: event => { event.preventDefault(); this.choose(i) } },
      icon(each.kind === "group" ? "people" : "account"), h("span", {}, h("bdi", {}, legible(each.displayName)), " ", h("small", {}, each.kind === "group" ? t("share.group") : each.onPremisesSamAccountName)))))
    this.list.hidden = !found.length
    this.field.setAttribute("aria-expanded", String(found.length > 0))
    this.mark()
  }

  mark() {
    [...this.list.children].forEach((each, i) => each.setAttribute("aria-selected", i === this.at))
    if (this.at >= 0) this.field.setAttribute("aria-activedescendant", `found-${this.at}`)
    else this.field.removeAttribute("aria-activedescendant")
  }

  key(/** @type {KeyboardEvent} */ event) {
    const count = this.found?.length || 0
    if (!count) return
    if (event.key === "ArrowDown") this.at = (this.at + 1) % count
    else if (event.key === "ArrowUp") this.at = (this.at + count - 1) % count
    else if (event.key === "Enter") this.choose(this.at)
    else if (event.key === "Escape") this.offer([])
    else return
    event.preventDefault()
    event.stopPropagation()
    this.mark()
  }

  choose(/** @type {number} */ index) {
    const chosen = this.found[index]
    this.field.value = ""
    this.offer([])
    this.say("chosen", chosen)
  }
}

customElements.define("people-field", PeopleFieldElement)

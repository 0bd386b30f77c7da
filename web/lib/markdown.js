// Markdown as elements, made one by one: what people write, without any markup of theirs. Pictures from elsewhere are links, so that no other server learns
// who reads. What is not known stays text. Every pattern is bounded, whatever the text, and so is what they are tried on.
import { h } from "./html.js"

const LONGEST = 4_000                               // characters of a line that is looked into
const MOST = 65_536                                 // and of a text: a whole megabyte of stars held the page for minutes
const DEEP = 4
const INLINE = /(`{1,3})([^`]{1,400})\1|\*\*([^*]{1,400})\*\*|__([^_]{1,400})__|\*([^*\s][^*]{0,400})\*|\b_([^_\s][^_]{0,400})_\b|~~([^~]{1,400})~~|!?\[([^\]]{0,300})\]\(([^()\s]{1,1000})(?:\s"[^"]{0,200}")?\)|<?(https?:\/\/[^\s<>()]{1,1000})>?/g
const SAFE = /^(https?:|mailto:)/i
const ITEM = /^(\s{0,8})([-*+]|\d{1,9}[.)])\s+(?:\[([ xX])\]\s+)?(.*)$/

/** The elements of a text; what is beyond the bound stays as it was written. @returns {Node[]} */
export function markdown(/** @type {string} */ text) {
  const whole = text.length > MOST ? Math.max(0, text.lastIndexOf("\n", MOST)) : text.length
  const lines = text.slice(0, whole).replace(/\r\n?/g, "\n").split("\n"), made = []
  for (let at = 0; at < lines.length;) at = block(lines, at, made)
  if (whole < text.length) made.push(h("pre", { tabindex: "0" }, text.slice(whole).replace(/^\n/, "")))
  return made
}

/** One block from a line on; the line after it. */
function block(/** @type {string[]} */ lines, /** @type {number} */ at, /** @type {any[]} */ made) {
  const line = lines[at]
  if (!line.trim()) return at + 1
  const fence = /^\s{0,3}(```|~~~)/.exec(line)
  if (fence) {
    let end = at + 1
    while (end < lines.length && !lines[end].trim().startsWith(fence[1])) end++
    made.push(h("pre", { tabindex: "0" }, h("code", {}, lines.slice(at + 1, end).join("\n"))))
    return end + 1
  }
  const heading = /^(#{1,6})\s+(.*?)(?:\s+#+)?$/.exec(line.slice(0, LONGEST))
  if (heading) {
    made.push(h(`h${Math.min(6, heading[1].length + 2)}`, { class: `level-${heading[1].length}` }, inline(heading[2])))
    return at + 1
  }
  if (/^\s{0,3}([-*_])(\s*\1){2,}\s*$/.test(line.slice(0, 80)) && line.length < 80) {
    made.push(h("hr", {}))
    return at + 1
  }
  if (/^\s{0,3}>/.test(line)) return quote(lines, at, made)
  if (ITEM.test(line.slice(0, LONGEST))) return list(lines, at, made)
  if (line.includes("|") && /^[\s|:-]{3,400}$/.test(lines[at + 1] || "") && lines[at + 1].includes("-")) return table(lines, at, made)
  let end = at + 1
  while (end < lines.length && lines[end].trim() && !/^\s{0,3}(#{1,6}\s|>|```|~~~)/.test(lines[end]) && !ITEM.test(lines[end].slice(0, LONGEST))) end++
  made.push(h("p", {}, lines.slice(at, end).flatMap((each, i) => i ? [/ {2}$/.test(lines[at + i - 1]) ? h("br", {}) : " ", inline(each)] : [inline(each)])))
  return end
}

function quote(/** @type {string[]} */ lines, /** @type {number} */ at, /** @type {any[]} */ made) {
  let end = at
  while (end < lines.length && /^\s{0,3}>/.test(lines[end])) end++
  made.push(h("blockquote", {}, lines.slice(at, end).map(each => h("p", {}, inline(each.replace(/^[\s>]{1,20}/, ""))))))
  return end
}

/** A list, its members by how far they are moved in: deeper ones become a list in the member before. */
function list(/** @type {string[]} */ lines, /** @type {number} */ at, /** @type {any[]} */ made) {
  /** @type {{depth: number, element: any}[]} */
  const open = []
  for (; at < lines.length; at++) {
    const found = ITEM.exec(lines[at].slice(0, LONGEST))
    if (!found) break
    const [, before, mark, done, words] = found, depth = before.length
    while (open.length && open.at(-1).depth > depth) open.pop()
    if (!open.length || open.at(-1).depth < depth && open.length < DEEP) {
      const element = h(/\d/.test(mark) ? "ol" : "ul", {})
      if (open.length && open.at(-1).element.lastElementChild) open.at(-1).element.lastElementChild.append(element)
      else made.push(element)
      open.push({ depth, element })
    }
    open.at(-1).element.append(h("li", { class: done && "task" }, done && h("span", { "aria-hidden": "true" }, done === " " ? "☐ " : "☑ "), inline(words)))
  }
  return at
}

function table(/** @type {string[]} */ lines, /** @type {number} */ at, /** @type {any[]} */ made) {
  const cells = (/** @type {string} */ line) => line.slice(0, LONGEST).trim().replace(/^\||\|$/g, "").split("|").map(each => each.trim())
  let end = at + 2
  while (end < lines.length && lines[end].includes("|")) end++
  made.push(h("div", { class: "table", tabindex: "0" }, h("table", {}, h("thead", {}, h("tr", {}, cells(lines[at]).map(each => h("th", {}, inline(each))))),
    h("tbody", {}, lines.slice(at + 2, end).map(line => h("tr", {}, cells(line).map(each => h("td", {}, inline(each)))))))))
  return end
}

/** @returns {any[]} */
function inline(/** @type {string} */ text, depth = 0) {
  if (text.length > LONGEST || depth > DEEP) return [text]
  const made = []
  let at = 0
  for (const found of text.matchAll(INLINE)) {
    made.push(text.slice(at, found.index))
    at = found.index + found[0].length
    const [whole, , code, strong, strong2, em, em2, gone, words, target, bare] = found, deeper = (/** @type {string} */ each) => inline(each, depth + 1)
    if (code) made.push(h("code", {}, code))
    else if (strong || strong2) made.push(h("strong", {}, deeper(strong || strong2)))
    else if (em || em2) made.push(h("em", {}, deeper(em || em2)))
    else if (gone) made.push(h("s", {}, deeper(gone)))
    else if (bare || SAFE.test(target)) made.push(h("a", { href: bare || target, target: "_blank", rel: "noopener noreferrer" }, bare || words || target))
    else made.push(whole)
  }
  made.push(text.slice(at))
  return made
}

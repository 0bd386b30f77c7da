// Words: the strings of one language, with {places} and plurals; and sizes, times and names as people read them.

/** @type {Record<string, any>} */
let strings = {}
let plural = new Intl.PluralRules("en")
export let language = "en"
let region = "en"                                   // the language as the browser's owner has it: "en-GB", for dates and numbers
export const LANGUAGES = ["en", "de"]

/** The best of our languages for a person, from what they chose or what their browser says. */
export function best(/** @type {readonly (string|null|undefined)[]} */ wanted) {
  return wanted.map(each => (each || "").slice(0, 2).toLowerCase()).find(each => LANGUAGES.includes(each)) || "en"
}

/** Speak a language from now on. */
export function use(/** @type {string} */ name, /** @type {Record<string, any>} */ words) {
  language = name
  region = navigator.languages.find(each => each.slice(0, 2).toLowerCase() === name) || name
  strings = words
  plural = new Intl.PluralRules(name)
  setTimeout(() => exactly(Date.now()))             // the first time costs a slow phone a sixth of a second: now, while it waits for the sign-in
}

/**
 * A text by its name. Where it has forms, `n` chooses among them.
 * @param {string} name
 * @param {Record<string, any>} [values]
 */
export function t(name, values = {}) {
  const found = strings[name] ?? name
  const text = typeof found === "string" ? found : found[plural.select(values.n)] ?? found.other
  return text.replace(/\{(\w+)\}/g, (/** @type {string} */ whole, /** @type {string} */ key) => key === "n" && typeof values.n === "number" ? values.n.toLocaleString(region) : legible(values[key] ?? whole))
}

/** A name as it is shown: the marks that turn the direction of what follows are seen and turn nothing, else "a\u202egpj.exe" would look like a picture, and turn the sentence around it, too. */
export function legible(/** @type {any} */ name) {
  return String(name).replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd")
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"]

/** Bytes as text: 1.2 MB. */
export function size(/** @type {number} */ bytes) {
  if (!(bytes >= 0)) return ""
  const step = Math.min(UNITS.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** step
  return number(step ? { style: "unit", unit: UNITS[step], unitDisplay: "short", maximumFractionDigits: value < 10 ? 1 : 0 } : { style: "unit", unit: "byte", unitDisplay: "long" }).format(value)
}

/** @type {Map<string, any>} */
const made = new Map()

/** @returns {Intl.NumberFormat} */
function number(/** @type {any} */ options) {
  return kept("n" + JSON.stringify(options), () => new Intl.NumberFormat(region, options))
}

/** @returns {Intl.DateTimeFormat} */
function dates(/** @type {any} */ options) {
  return kept("d" + JSON.stringify(options), () => new Intl.DateTimeFormat(region, options))
}

function kept(/** @type {string} */ key, /** @type {() => any} */ make) {
  key = region + key
  if (!made.has(key)) made.set(key, make())
  return made.get(key)
}

/** A time in a list: the hour today, the day this year, else the date. */
export function when(/** @type {number} */ time, now = Date.now()) {
  if (!time) return ""
  const then = new Date(time), today = new Date(now)
  if (then.toDateString() === today.toDateString()) return dates({ hour: "numeric", minute: "2-digit" }).format(then)
  if (then.getFullYear() === today.getFullYear()) return dates({ day: "numeric", month: "short" }).format(then)
  return dates({ day: "numeric", month: "short", year: "numeric" }).format(then)
}

/** A time with all its parts. */
export function exactly(/** @type {number} */ time) {
  return time ? dates({ dateStyle: "medium", timeStyle: "short" }).format(new Date(time)) : ""
}

/** A month. */
export function month(/** @type {number} */ time) {
  return dates({ month: "long", year: "numeric" }).format(new Date(time))
}

/** A day. */
export function day(/** @type {number} */ time) {
  return dates({ dateStyle: "medium" }).format(new Date(time))
}

/** Seconds as text: "2 min". */
export function lasting(/** @type {number} */ seconds) {
  if (!isFinite(seconds)) return ""
  if (seconds < 90) return t("time.seconds", { n: Math.max(1, Math.round(seconds)) })
  return seconds < 5400 ? t("time.minutes", { n: Math.round(seconds / 60) }) : t("time.hours", { n: Math.round(seconds / 3600) })
}

const KINDS = {
  image: "jpg jpeg png gif webp avif heic heif bmp tif tiff svg ico raw dng cr2 nef", video: "mp4 mov mkv webm avi m4v mpg mpeg 3gp ogv",
  audio: "mp3 m4a flac ogg opus wav aac wma", pdf: "pdf", text: "txt md markdown log csv tsv json yaml yml xml ini toml",
  document: "doc docx odt rtf pages epub", sheet: "xls xlsx ods numbers", slides: "ppt pptx odp key", archive: "zip tar gz tgz bz2 xz 7z rar zst",
  code: "js ts py c h cpp rs go java sh css html htm php rb sql",
}
const KIND_OF = new Map(Object.entries(KINDS).flatMap(([kind, endings]) => endings.split(" ").map(ending => [ending, kind])))

/** What a thing is, by the ending of its name: the name of an icon, too. */
export function kind(/** @type {{name: string, folder?: boolean, kind?: string}} */ entry) {
  if (entry.kind) return entry.kind
  return entry.folder ? "folder" : KIND_OF.get(entry.name.slice(entry.name.lastIndexOf(".") + 1).toLowerCase()) || "file"
}

/** A name in two parts, before and after the last dot; folders and dot files have one. */
export function split(/** @type {string} */ name, folder = false) {
  const dot = name.lastIndexOf(".")
  return folder || dot < 1 ? [name, ""] : [name.slice(0, dot), name.slice(dot)]
}

const PLAIN = /^[ -~]*$/
const DIGITS = 20                                   // as many as a number may have to be put in order by what it counts

/** A name as it is put in order: case and accents do not matter, and 10 comes after 9. Comparing these is much faster than Intl.Collator. */
export function rank(/** @type {string} */ name) {
  const small = name.toLowerCase()
  return (PLAIN.test(small) ? small : small.normalize("NFD").replace(/\p{M}/gu, "").replace(/ß/g, "ss")).replace(/\d+/g, digits => digits.padStart(DIGITS, "0"))
}

/** Which of two entries comes first: folders, then by name. The server has the same rule (storage/listing.py). */
export function byName(/** @type {import("../api/dav.js").Entry} */ one, /** @type {import("../api/dav.js").Entry} */ other) {
  if (one.folder !== other.folder) return one.folder ? -1 : 1
  return one.rank < other.rank ? -1 : one.rank > other.rank ? 1 : one.name < other.name ? -1 : Number(one.name > other.name)
}

/** Another name where one is taken: "a (2).txt". */
export function another(/** @type {string} */ name, /** @type {(name: string) => boolean} */ taken, folder = false) {
  const [front, ending] = split(name, folder)
  for (let n = 2; ; n++) if (!taken(`${front} (${n})${ending}`)) return `${front} (${n})${ending}`
}

// Words: the strings of one language, with {places} and plurals.

/** @type {Record<string, any>} */
let strings = {}
let plural = new Intl.PluralRules("en")
export let language = "en"
export const LANGUAGES = ["en", "de"]

/** The best of our languages for a person, from what they chose or what their browser says. */
export function best(/** @type {readonly (string|null|undefined)[]} */ wanted) {
  return wanted.map(each => (each || "").slice(0, 2).toLowerCase()).find(each => LANGUAGES.includes(each)) || "en"
}

/** Speak a language from now on. */
export function use(/** @type {string} */ name, /** @type {Record<string, any>} */ words) {
  language = name
  strings = words
  plural = new Intl.PluralRules(name)
}

/**
 * A text by its name. Where it has forms, `n` chooses among them.
 * @param {string} name
 * @param {Record<string, any>} [values]
 */
export function t(name, values = {}) {
  const found = strings[name] ?? name
  const text = typeof found === "string" ? found : found[plural.select(values.n)] ?? found.other
  return text.replace(/\{(\w+)\}/g, (/** @type {string} */ whole, /** @type {string} */ key) => key === "n" && typeof values.n === "number" ? values.n.toLocaleString(language) : values[key] ?? whole)
}

// What somebody changes of their own account.
import { ask } from "./http.js"

export function speak(/** @type {string} */ preferredLanguage) {
  return ask("PATCH", "/graph/v1.0/me", { body: { preferredLanguage } })
}

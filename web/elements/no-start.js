// What is shown where nothing can begin: the server does not answer (the service worker has brought the program), or something else is wrong.
import { fill, h } from "../lib/html.js"
import { t } from "../lib/i18n.js"

export function show(/** @type {any} */ error) {
  const away = error instanceof TypeError || error.status === 0     // so fetch, and what asks with it, says that there was no answer
  if (!away) console.error(error)
  document.title = "Hearth"
  fill(document.body, h("main", { class: "plain" }, h("h1", {}, t(away ? "offline.title" : "error.other")), h("p", {}, away ? t("offline.text") : error.message),
    h("p", {}, h("button", { class: "primary", onclick: () => location.reload() }, t("again")), !away && [" ", h("a", { class: "button", href: "/signout" }, t("me.out"))])))
  addEventListener("online", () => location.reload(), { once: true })
}

// The keyboard in a list: arrows go, shift reaches, space chooses, Enter opens, letters jump.

/** @param {any} list  a <file-list> */
export function keys(list) {
  let typed = "", since = 0

  list.listen(list.grid, "keydown", event => {
    const { selection, folder } = list.app, { entries } = folder, last = entries.length - 1, at = selection.at
    if (event.target !== list.grid || !entries.length || event.altKey) return
    const command = event.ctrlKey || event.metaKey
    const to = { ArrowDown: at < 0 ? 0 : at + list.per, ArrowUp: Math.max(0, at) - list.per, ...list.per > 1 && { ArrowRight: at + 1, ArrowLeft: at - 1 }, PageDown: at + list.page, PageUp: at - list.page, Home: 0, End: last }[event.key]
    if (to !== undefined) go(Math.max(0, Math.min(last, to)), event)
    else if (event.key === " ") at >= 0 && selection.toggle(at)
    else if (event.key === "Enter") at >= 0 && list.say("open-entry", { entry: entries[at] })
    else if (event.key === "a" && command) selection.all()
    else if (event.key === "Escape" && selection.ids.size) selection.clear()
    else if (event.key === "ContextMenu" || event.key === "F10" && event.shiftKey) at >= 0 && list.menu(at, document.getElementById(`row-${at}`) || list.grid)
    else if (event.key.length === 1 && !command) jump(event.key)
    else return
    event.preventDefault()
  })

  function go(/** @type {number} */ to, /** @type {KeyboardEvent} */ event) {
    const { selection } = list.app
    if (event.shiftKey) selection.reach(to)
    else if (event.ctrlKey || event.metaKey) selection.move(to)
    else selection.only(to)
    list.reveal(to)
  }

  function jump(/** @type {string} */ letter) {
    const now = Date.now(), { entries } = list.app.folder
    typed = now - since < 900 ? typed + letter : letter
    since = now
    const found = entries.findIndex(each => each.name.toLowerCase().startsWith(typed.toLowerCase()))
    if (found < 0) return
    list.app.selection.only(found)
    list.reveal(found)
  }
}

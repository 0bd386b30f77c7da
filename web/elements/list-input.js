// Mouse, touch and keyboard in a list. A click chooses, a click on the name opens, a long touch begins to choose, and rows can be dragged onto
// folders; arrows go, shift reaches, space chooses, Enter opens, letters jump.

const HOLD = 120, LONG = 450, TYPING = 900                      // milliseconds
const OURS = "application/x-hearth"

/** @param {any} list  a <file-list> */
export function pointer(list) {
  let touch = false, held = null, long = false

  list.listen(list.grid, "pointerdown", event => {
    touch = event.pointerType !== "mouse"
    long = false
    const row = event.target.closest(".file-row")
    clearTimeout(held)
    if (!touch && row && !row.entry.folder && !list.trash) held = setTimeout(() => list.say("hold-entry", { entry: row.entry }), HOLD)
    if (touch && row) held = setTimeout(() => { long = true; navigator.vibrate?.(10); list.app.selection.toggle(row.index) }, LONG)
  })
  list.listen(list.grid, "pointerup pointercancel pointermove scroll", event => {
    if (event.type !== "pointermove" || Math.abs(event.movementX) + Math.abs(event.movementY) > 3) clearTimeout(held)
  })

  list.listen(list.grid, "click", event => {
    const row = event.target.closest(".file-row"), { selection } = list.app
    if (!row) {
      if (!event.target.closest(".columns")) selection.clear()
      return
    }
    if (!touch) list.grid.focus({ preventScroll: true })
    const link = event.target.closest("a"), choosing = selection.ids.size > 0
    if (long) event.preventDefault()
    else if (event.target.closest(".more")) list.menu(row.index, event.target.closest(".more"))
    else if (event.target.closest(".tick")) event.shiftKey ? selection.reach(row.index) : selection.toggle(row.index)
    else if (touch && choosing) toggle(event, row)
    else if (event.ctrlKey || event.metaKey) link || selection.toggle(row.index)
    else if (event.shiftKey) reach(event, row)
    else if (link || touch) open(event, row)
    else selection.only(row.index)
  })
  list.listen(list.grid, "dblclick", event => {
    const row = event.target.closest(".file-row")
    if (row && !touch && !event.target.closest(".tick, .more, a")) open(event, row)
  })
  list.listen(list.grid, "contextmenu", event => {
    const row = event.target.closest(".file-row")
    if (!row) return
    event.preventDefault()
    if (!touch) list.menu(row.index, { x: event.clientX, y: event.clientY })
  })

  function toggle(/** @type {Event} */ event, /** @type {any} */ row) {
    event.preventDefault()
    list.app.selection.toggle(row.index)
  }

  function reach(/** @type {Event} */ event, /** @type {any} */ row) {
    event.preventDefault()
    list.app.selection.reach(row.index)
  }

  function open(/** @type {Event} */ event, /** @type {any} */ row) {
    event.preventDefault()
    list.app.selection.move(row.index)
    list.say("open-entry", { entry: row.entry })
  }

  // Dragging what is chosen, and dropping it, or files from outside, on a folder.
  list.listen(list.grid, "dragstart", event => {
    const row = event.target.closest?.(".file-row")
    if (!row || list.trash || touch) return event.preventDefault()
    if (!list.app.selection.has(row.entry)) list.app.selection.only(row.index)
    event.dataTransfer.setData(OURS, "")
    event.dataTransfer.effectAllowed = "copyMove"
    // Out to the desktop: browsers that know how fetch it from there.
    if (row.entry.address && list.app.selection.ids.size === 1) event.dataTransfer.setData("DownloadURL", `application/octet-stream:${row.entry.name.replaceAll(":", "_")}:${location.origin}${row.entry.address}`)
  })
  const target = event => {
    const row = event.target.closest?.(".file-row")
    const ours = event.dataTransfer.types.includes(OURS)
    return row?.entry.folder && !(ours && list.app.selection.has(row.entry)) ? row : null
  }
  let over = null
  const mark = row => {
    if (over === row) return
    over?.classList.remove("over")
    row?.classList.add("over")
    over = row
  }
  list.listen(list.grid, "dragover", event => {
    if (list.trash) return
    const row = target(event)
    mark(row)
    if (row) event.preventDefault()
  })
  list.listen(list.grid, "dragleave dragend", () => mark(null))
  list.listen(list.grid, "drop", event => {
    const row = target(event)
    mark(null)
    if (!row || list.trash) return
    event.preventDefault()
    if (event.dataTransfer.types.includes(OURS)) list.say("drop-on", { path: row.entry.path })
    else list.say("drop-files", { path: row.entry.path, transfer: event.dataTransfer })
    event.stopPropagation()
  })
}

/** @param {any} list  a <file-list> */
export function keys(list) {
  let typed = "", since = 0

  list.listen(list.grid, "keydown", event => {
    const { selection, folder } = list.app, { entries } = folder, last = entries.length - 1, at = selection.at
    if (event.target !== list.grid || !entries.length || event.altKey) return
    const command = event.ctrlKey || event.metaKey
    const to = { ArrowDown: at < 0 ? 0 : at + list.per, ArrowUp: Math.max(0, at) - list.per, ...list.per > 1 && { ArrowRight: at + 1, ArrowLeft: at - 1 }, PageDown: at + list.page, PageUp: at - list.page, Home: 0, End: last }[event.key]
    if (to !== undefined) go(Math.max(0, Math.min(last, to)), event)
    else if (event.key === " ") jump(" ") || at >= 0 && selection.toggle(at)
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

  /** To the first name that begins with what is typed; a space goes on with a name, and begins none. */
  function jump(/** @type {string} */ letter) {
    const now = Date.now(), { entries } = list.app.folder, on = now - since < TYPING, wanted = on ? typed + letter : letter
    const found = on || letter !== " " ? entries.findIndex(each => each.name.toLowerCase().startsWith(wanted.toLowerCase())) : -1
    if (letter === " " && found < 0) return false
    typed = wanted
    since = now
    if (found < 0) return false
    list.app.selection.only(found)
    list.reveal(found)
    return true
  }
}

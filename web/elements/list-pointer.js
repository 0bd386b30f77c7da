// Mouse and touch in a list: a click chooses, a click on the name opens, a long touch begins to choose, and rows can be dragged onto folders.

const LONG = 450                                    // milliseconds
const OURS = "application/x-hearth"

/** @param {any} list  a <file-list> */
export function pointer(list) {
  let touch = false, held = null, long = false

  list.listen(list.grid, "pointerdown", event => {
    touch = event.pointerType !== "mouse"
    long = false
    const row = event.target.closest(".file-row")
    clearTimeout(held)
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
    event.dataTransfer.effectAllowed = "move"
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

// Mouse, touch and keyboard in the grid of photos. A click opens, until something is chosen: by the tick, Ctrl, Shift, Space or a long touch; then it chooses.

const LONG = 450                                    // milliseconds

/** @param {any} grid  a <photo-grid> */
export function pointer(grid) {
  let touch = false, long = false, held = null
  const { selection } = grid.app

  grid.listen(grid, "pointerdown", event => {
    touch = event.pointerType !== "mouse"
    long = false
    clearTimeout(held)
    const tile = event.target.closest(".photo")
    if (touch && tile) held = setTimeout(() => { long = true; navigator.vibrate?.(10); selection.toggle(tile.index) }, LONG)
  })
  grid.listen(grid, "pointerup pointercancel pointermove scroll", event => {
    if (event.type !== "pointermove" || Math.abs(event.movementX) + Math.abs(event.movementY) > 3) clearTimeout(held)
  })

  grid.listen(grid, "click", event => {
    const tile = event.target.closest(".photo"), choosing = selection.ids.size > 0
    if (!tile) return
    event.preventDefault()
    if (long) return
    const tick = !touch && event.target.closest(".tick")
    if (event.shiftKey && choosing) selection.reach(tile.index)
    else if (tick || choosing || event.ctrlKey || event.metaKey || event.shiftKey) selection.toggle(tile.index)
    else return grid.say("open-entry", { entry: tile.entry })
    tile.focus({ preventScroll: true })
  })
  grid.listen(grid, "contextmenu", event => {
    const tile = event.target.closest(".photo"), choosing = selection.ids.size > 0
    if (!tile || !touch && !choosing) return        // what the browser knows to do with a picture
    event.preventDefault()
    if (touch) return
    if (!selection.has(tile.entry)) selection.only(tile.index)
    grid.say("menu", { at: { x: event.clientX, y: event.clientY } })
  })
}

/** @param {any} grid  a <photo-grid> */
export function keys(grid) {
  grid.listen(grid, "keydown", event => {
    const { selection, folder } = grid.app, tile = event.target.closest(".photo"), last = folder.entries.length - 1
    if (!tile || event.altKey) return
    const at = tile.index                           // a screen reader's own focus counts, too
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + grid.per, ArrowUp: at - grid.per, Home: 0, End: last }[event.key]
    if (to !== undefined) go(at, Math.max(0, Math.min(last, to)), event.shiftKey)
    else if (event.key === " ") selection.toggle(at)
    else if (event.key === "Enter") grid.say("open-entry", { entry: tile.entry })
    else return
    event.preventDefault()
  })

  function go(/** @type {number} */ at, /** @type {number} */ to, /** @type {boolean} */ reach) {
    const { selection } = grid.app
    if (reach && !selection.ids.size) selection.only(at)
    if (reach) selection.reach(to)
    grid.focusOn(to)
  }
}

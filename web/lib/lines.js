// Where two texts differ, line by line.

const MOST = 2_000                                  // lines that are compared in the middle; beyond, the middle is taken for changed as a whole

/**
 * The lines of both, beside each other: `same`, or what only one has (null on the other side).
 * @param {string} mine @param {string} theirs
 * @returns {{mine: string|null, theirs: string|null, same: boolean}[]}
 */
export function beside(mine, theirs) {
  const a = mine.split("\n"), b = theirs.split("\n")
  let start = 0, end = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const same = (/** @type {string} */ line) => ({ mine: line, theirs: line, same: true })
  return [...a.slice(0, start).map(same), ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)), ...a.slice(a.length - end).map(same)]
}

/** By the longest row of lines that both have. */
function middle(/** @type {string[]} */ a, /** @type {string[]} */ b) {
  const found = [], pair = (/** @type {string[]} */ x, /** @type {string[]} */ y) => {
    for (let i = 0; i < Math.max(x.length, y.length); i++) found.push({ mine: x[i] ?? null, theirs: y[i] ?? null, same: false })
  }
  if (a.length * b.length > MOST * MOST) {
    pair(a, b)
    return found
  }
  const width = b.length + 1, best = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--)
    best[i * width + j] = a[i] === b[j] ? best[(i + 1) * width + j + 1] + 1 : Math.max(best[(i + 1) * width + j], best[i * width + j + 1])
  let i = 0, j = 0, x = [], y = []
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      pair(x, y)
      x = []; y = []
      found.push({ mine: a[i++], theirs: b[j++], same: true })
    } else if (j >= b.length || i < a.length && best[(i + 1) * width + j] >= best[i * width + j + 1]) x.push(a[i++])
    else y.push(b[j++])
  }
  pair(x, y)
  return found
}

// SHA-256 (FIPS 180-4) of a few bytes. Browsers keep theirs from pages that came by plain http, as those of http://hearth.local do.

const K = [], START = []
for (let n = 2; K.length < 64; n++) {
  if ([...Array(n).keys()].slice(2).some(d => n % d === 0)) continue
  if (START.length < 8) START.push(part(n ** (1 / 2)))
  K.push(part(n ** (1 / 3)))
}

/** The first 32 bits behind the point. */
function part(/** @type {number} */ x) {
  return (x - Math.floor(x)) * 2 ** 32 | 0
}

/** The 32 bytes of the hash. */
export function sha256(/** @type {Uint8Array} */ given) {
  const size = given.length, words = new Int32Array(((size + 8 >> 6) + 1) * 16), state = [...START]
  for (let i = 0; i < size; i++) words[i >> 2] |= given[i] << 24 - i % 4 * 8
  words[size >> 2] |= 0x80 << 24 - size % 4 * 8
  words[words.length - 1] = size * 8
  for (let at = 0; at < words.length; at += 16) block(state, words.subarray(at, at + 16))
  return Uint8Array.from(state.flatMap(word => [word >>> 24, word >>> 16 & 255, word >>> 8 & 255, word & 255]))
}

function block(/** @type {number[]} */ state, /** @type {Int32Array} */ given) {
  const w = new Int32Array(64)
  w.set(given)
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15], b = w[i - 2]
    w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >>> 3) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ b >>> 10)
  }
  let [a, b, c, d, e, f, g, h] = state
  for (let i = 0; i < 64; i++) {
    const one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + K[i] + w[i] | 0
    const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) | 0;
    [a, b, c, d, e, f, g, h] = [one + two | 0, a, b, c, d + one | 0, e, f, g]
  }
  [a, b, c, d, e, f, g, h].forEach((each, i) => { state[i] = state[i] + each | 0 })
}

function turn(/** @type {number} */ x, /** @type {number} */ n) {
  return x >>> n | x << 32 - n
}

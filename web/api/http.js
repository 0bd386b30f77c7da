// Every request that we make: signed in, and with errors that say what happened.
import { access, signIn, SignedOut } from "./session.js"

export class Failure extends Error {
  /** @param {number} status 0 where no answer came @param {string} [message] what the server said */
  constructor(status, message = "", code = "") {
    super(message)
    this.status = status
    this.code = code
  }
}

/**
 * @typedef {object} Ask
 * @property {Record<string, string>} [headers]
 * @property {any} [body]  an object is sent as JSON
 * @property {XMLHttpRequestResponseType} [type]  of the answer
 * @property {(sent: number) => void} [progress]
 * @property {AbortSignal} [signal]
 * @property {boolean} [open]  without signing in
 */

/**
 * Ask the server. XMLHttpRequest, because it tells how much has been sent.
 * @param {string} method @param {string} address @param {Ask} [more]
 * @returns {Promise<XMLHttpRequest>}
 * @throws {Failure}
 */
export async function ask(method, address, more = {}) {
  try {
    return await send(method, address, more, more.open ? "" : await access())
  } catch (error) {
    if (error instanceof SignedOut || error instanceof Failure && error.status === 401 && !more.open) return again(method, address, more)
    if (error instanceof Failure || error.name === "AbortError") throw error
    throw new Failure(0, error.message)
  }
}

async function again(/** @type {string} */ method, /** @type {string} */ address, /** @type {Ask} */ more) {
  try {
    return await send(method, address, more, await access(true))
  } catch (error) {
    if (error instanceof SignedOut) return signIn()
    throw error
  }
}

/** The answer to a GET as JSON. */
export async function json(/** @type {string} */ address, /** @type {Ask & {method?: string}} */ more = {}) {
  const answer = await ask(more.method || "GET", address, { ...more, type: "json" })
  return answer.response
}

function send(/** @type {string} */ method, /** @type {string} */ address, /** @type {Ask} */ more, /** @type {string} */ token) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(), { signal } = more
    if (signal?.aborted) return reject(new DOMException("", "AbortError"))
    request.open(method, address)
    request.responseType = more.type || "text"
    if (token) request.setRequestHeader("Authorization", `Bearer ${token}`)
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest")
    const plain = more.body && Object.getPrototypeOf(more.body) === Object.prototype
    if (plain) request.setRequestHeader("Content-Type", "application/json")
    for (const [name, value] of Object.entries(more.headers || {})) request.setRequestHeader(name, value)
    request.onload = () => request.status < 400 ? resolve(request) : reject(failure(request))
    request.onerror = request.ontimeout = () => reject(new Failure(0))
    request.onabort = () => reject(new DOMException("", "AbortError"))
    signal?.addEventListener("abort", () => request.abort(), { once: true })
    if (more.progress) request.upload.onprogress = event => more.progress(event.loaded)
    request.send(plain ? JSON.stringify(more.body) : more.body)
  })
}

function failure(/** @type {XMLHttpRequest} */ request) {
  const { status, response, responseType } = request
  if (responseType === "json") return new Failure(status, response?.error?.message, response?.error?.code)
  if (responseType !== "text") return new Failure(status)
  return new Failure(status, /<(?:\w+:)?message[^>]*>([^<]*)</.exec(response)?.[1] || "")
}

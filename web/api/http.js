// Every request that we make: signed in, and with errors that say what happened. The sign-in pages set a cookie that no script can read; with it
// the OpenID provider gives a code, and for that (PKCE) an access token of five minutes, kept in memory alone. There is no refresh token: a fresh
// one is asked for in the same way.

import { language } from "../lib/i18n.js"

const AUTHORIZE = "/signin/v1/identifier/_/authorize", TOKEN = "/konnect/v1/token"
const EARLY = 30_000                                // milliseconds before its end that a token is taken for old
const later = { sha256: () => import("../lib/sha256.js") }

let token = "", until = 0
/** Which tab this is: what it does itself comes back to it under this name on the live stream. */
export const TAB = "10000000-1000-4000-8000-100000000000".replace(/[018]/g, each => (Number(each) ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> Number(each) / 4).toString(16))
/** @type {Promise<string>|null} */
let asking = null
/** Who is signed in, as the provider says. @type {{id: string, displayName: string, onPremisesSamAccountName: string, preferredLanguage?: string}|null} */
export let person = null

/** Nobody is signed in, or somebody else than before. */
export class SignedOut extends Error {}

export class Failure extends Error {
  /** @param {number} status 0 where no answer came @param {string} [message] what the server said */
  constructor(status, message = "", code = "") {
    super(message)
    this.status = status
    this.spoken = false                             // whether what the server said is in the person's language
    this.code = code
  }
}

/** An access token that is good for a while. */
export function access(again = false) {
  if (token && !again && Date.now() < until - EARLY) return Promise.resolve(token)
  asking ||= signed().finally(() => { asking = null })
  return asking
}

/** Go to the sign-in and come back to this very place. */
export function signIn() {
  location.assign("/signin?" + new URLSearchParams({ continue: location.pathname + location.search }))
  return new Promise(() => {})
}

async function signed() {
  const verifier = random(), state = random()
  const question = {
    client_id: "web", response_type: "code", redirect_uri: location.origin + "/", scope: "openid profile email", prompt: "none", state,
    code_challenge: base64url(await digest(new TextEncoder().encode(verifier))), code_challenge_method: "S256",
  }
  // The answer is an address of ours that the browser goes on to by itself; HEAD, because nobody reads the page there.
  const led = await fetch(`${AUTHORIZE}?${new URLSearchParams(question)}`, { method: "HEAD", cache: "no-store" })
  const said = new URL(led.url).searchParams
  if (said.get("error") === "login_required") throw new SignedOut()
  if (said.get("state") !== state || !said.get("code")) throw new Error(said.get("error_description") || "sign-in")
  const answer = await fetch(TOKEN, { method: "POST", body: new URLSearchParams({
    client_id: "web", grant_type: "authorization_code", code: said.get("code"), redirect_uri: question.redirect_uri, code_verifier: verifier }) })
  if (!answer.ok) throw new Error("sign-in")
  const given = await answer.json()
  const bytes = Uint8Array.from(atob(given.id_token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")), letter => letter.charCodeAt(0))
  const { sub, name, preferred_username, locale } = JSON.parse(new TextDecoder().decode(bytes))
  if (person && sub !== person.id) throw new SignedOut()
  person = { id: sub, displayName: name, onPremisesSamAccountName: preferred_username, preferredLanguage: locale }
  token = given.access_token
  until = Date.now() + given.expires_in * 1000
  return token
}

/** Browsers keep their own from pages that came by plain http, as those of http://hearth.local do. */
async function digest(/** @type {Uint8Array<ArrayBuffer>} */ bytes) {
  return crypto.subtle ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)) : (await later.sha256()).sha256(bytes)
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)))
}

function base64url(/** @type {Iterable<number>} */ bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")
}

/**
 * @typedef {object} Ask
 * @property {Record<string, string>} [headers]
 * @property {any} [body]  an object is sent as JSON
 * @property {XMLHttpRequestResponseType} [type]  of the answer
 * @property {(sent: number) => void} [progress]
 * @property {(piece: string) => void} [arrived]  told of each piece of the answer as it comes; nothing is kept of it
 * @property {AbortSignal} [signal]
 * @property {boolean} [open]  without signing in
 */

/**
 * Ask the server. XMLHttpRequest, because it tells how much has been sent; fetch, where the answer is wanted in pieces.
 * @param {string} method @param {string} address @param {Ask} [more]
 * @returns {Promise<any>} the XMLHttpRequest; where pieces are told of, a Response
 * @throws {Failure}
 */
export async function ask(method, address, more = {}) {
  try {
    return await send(method, address, more, more.open ? "" : await access())
  } catch (error) {
    if (error instanceof SignedOut || error instanceof Failure && error.status === 401 && !more.open) return again(method, address, more)
    throw named(error)
  }
}

async function again(/** @type {string} */ method, /** @type {string} */ address, /** @type {Ask} */ more) {
  try {
    return await send(method, address, more, await access(true))
  } catch (error) {
    if (error instanceof SignedOut) return signIn()
    throw named(error)
  }
}

/** What a browser says of a network that is away is no sentence for people. */
function named(/** @type {any} */ error) {
  return error instanceof Failure || error.name === "AbortError" ? error : new Failure(0, error.message)
}

/** The answer to a GET as JSON. */
export async function json(/** @type {string} */ address, /** @type {Ask & {method?: string}} */ more = {}) {
  const answer = await ask(more.method || "GET", address, { ...more, type: "json" })
  return answer.response
}

/** @returns {Record<string, string>} */
function headers(/** @type {Ask} */ more, /** @type {string} */ token) {
  return { "X-Requested-With": "XMLHttpRequest", "Initiator-ID": TAB, "Accept-Language": language, ...token && { Authorization: `Bearer ${token}` }, ...plain(more.body) && { "Content-Type": "application/json" }, ...more.headers }
}

function plain(/** @type {any} */ body) {
  return body && Object.getPrototypeOf(body) === Object.prototype
}

function send(/** @type {string} */ method, /** @type {string} */ address, /** @type {Ask} */ more, /** @type {string} */ token) {
  if (more.arrived) return receive(method, address, more, token)
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(), { signal } = more
    if (signal?.aborted) return reject(new DOMException("", "AbortError"))
    request.open(method, address)
    request.responseType = more.type || "text"
    for (const [name, value] of Object.entries(headers(more, token))) request.setRequestHeader(name, value)
    request.onload = () => request.status < 400 ? resolve(request) : reject(failure(request.status, request.response, request.responseType, name => request.getResponseHeader(name)))
    request.onerror = request.ontimeout = () => reject(new Failure(0))
    request.onabort = () => reject(new DOMException("", "AbortError"))
    signal?.addEventListener("abort", () => request.abort(), { once: true })
    if (more.progress) request.upload.onprogress = event => more.progress(event.loaded)
    request.send(plain(more.body) ? JSON.stringify(more.body) : more.body)
  })
}

async function receive(/** @type {string} */ method, /** @type {string} */ address, /** @type {Ask} */ more, /** @type {string} */ token) {
  const answer = await fetch(address, { method, headers: headers(more, token), body: more.body, signal: more.signal })
  if (!answer.ok) throw failure(answer.status, await answer.text(), "text", name => answer.headers.get(name))
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let piece; !(piece = await reader.read()).done;) more.arrived(piece.value)
  return answer
}

function failure(/** @type {number} */ status, /** @type {any} */ response, /** @type {string} */ type, /** @type {(name: string) => string|null} */ header) {
  return Object.assign(told(status, response, type, header("Content-Type")), { spoken: Boolean(header("Content-Language")) })
}

function told(/** @type {number} */ status, /** @type {any} */ response, /** @type {string} */ type, /** @type {string|null} */ kind) {
  if (type === "json") return new Failure(status, response?.error?.message, response?.error?.code)
  if (type !== "text") return new Failure(status)
  if (kind?.startsWith("text/plain")) return new Failure(status, response.trim())
  if (kind?.includes("json")) return new Failure(status, JSON.parse(/"message": ?("(?:[^"\\]|\\.)*")/.exec(response)?.[1] || '""'))
  return new Failure(status, /<(?:\w+:)?message[^>]*>([^<]*)</.exec(response)?.[1] || "")
}

// index.html has this module begin as soon as it is there: the sign-in is on its way while the others come.
access().catch(() => {})

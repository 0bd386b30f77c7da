// Who is signed in. The sign-in pages set a cookie that no script can read; with it the OpenID provider gives a code, and for that (PKCE)
// an access token of five minutes, kept in memory alone. There is no refresh token: a fresh one is asked for in the same way.
import { base64url, sha256 } from "../lib/sha256.js"

const AUTHORIZE = "/signin/v1/identifier/_/authorize", TOKEN = "/konnect/v1/token"
const EARLY = 30_000                                // milliseconds before its end that a token is taken for old

let token = "", until = 0, person = ""
/** @type {Promise<string>|null} */
let asking = null

/** Nobody is signed in, or somebody else than before. */
export class SignedOut extends Error {}

/** An access token that is good for a while. */
export function access(again = false) {
  if (token && !again && Date.now() < until - EARLY) return Promise.resolve(token)
  asking ||= ask().finally(() => { asking = null })
  return asking
}

/** Go to the sign-in and come back to this very place. */
export function signIn() {
  location.assign("/signin?" + new URLSearchParams({ continue: location.pathname + location.search }))
  return new Promise(() => {})
}

async function ask() {
  const verifier = random(), state = random()
  const question = {
    client_id: "web", response_type: "code", redirect_uri: location.origin + "/", scope: "openid profile email", prompt: "none", state,
    code_challenge: sha256(verifier), code_challenge_method: "S256",
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
  const { sub } = JSON.parse(atob(given.id_token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")))
  if (person && sub !== person) throw new SignedOut()
  person = sub
  token = given.access_token
  until = Date.now() + given.expires_in * 1000
  return token
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)))
}

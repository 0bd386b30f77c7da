// A relying party by openid-client: prints the address for the browser, reads the address that the browser was sent back to,
// and plays one of several stories with what it gets. Every line it prints is JSON.
import * as client from "openid-client";
import { createInterface } from "node:readline";

const [url, id, redirect, story, secret] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (what) => console.log(JSON.stringify(what));
const refused = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return error.error ?? error.code ?? String(error);
  }
  return "not refused";
};

const config = await client.discovery(new URL(url), id, secret ? { client_secret: secret } : undefined,
  secret ? client.ClientSecretBasic(secret) : client.None(), { execute: [client.allowInsecureRequests] });
const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
say({
  authorize: client.buildAuthorizationUrl(config, {
    redirect_uri: redirect, scope: "openid profile email offline_access", state, nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  }).href,
});
const back = new URL((await lines.next()).value);
const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };

if (story === "wrong verifier") {
  say({ refused: await refused(client.authorizationCodeGrant(config, back, { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() })) });
  say({ again: await refused(client.authorizationCodeGrant(config, back, checks)) });
  process.exit();
}

const tokens = await client.authorizationCodeGrant(config, back, checks);
const claims = tokens.claims();
say({ claims, expires: tokens.expires_in, access: tokens.access_token, refresh: tokens.refresh_token, id: tokens.id_token });
say({ userinfo: await client.fetchUserInfo(config, tokens.access_token, claims.sub) });

if (story === "reused code") {
  say({ refused: await refused(client.authorizationCodeGrant(config, back, checks)) });
  say({ refresh: await refused(client.refreshTokenGrant(config, tokens.refresh_token)) });
  say({ userinfo: await refused(client.fetchUserInfo(config, tokens.access_token, claims.sub)) });
} else if (story === "refresh") {
  const second = await client.refreshTokenGrant(config, tokens.refresh_token);
  const third = await client.refreshTokenGrant(config, second.refresh_token);
  say({ different: new Set([tokens.refresh_token, second.refresh_token, third.refresh_token]).size, sub: third.claims().sub });
  say({ reused: await refused(client.refreshTokenGrant(config, tokens.refresh_token)) });
  say({ ended: await refused(client.refreshTokenGrant(config, third.refresh_token)) });
} else if (story === "revoke") {
  await client.tokenRevocation(config, tokens.refresh_token);
  say({ refresh: await refused(client.refreshTokenGrant(config, tokens.refresh_token)) });
  say({ userinfo: await refused(client.fetchUserInfo(config, tokens.access_token, claims.sub)) });
} else if (story === "introspect") {
  say({ access: await client.tokenIntrospection(config, tokens.access_token), refresh: await client.tokenIntrospection(config, tokens.refresh_token) });
} else if (story === "log out") {
  say({ end: client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: (await lines.next()).value, state: "bye" }).href });
}
process.exit();

// Who may what with things: shares, people, roles and links by Graph.
import { ask, json } from "./http.js"

const V1 = "/graph/v1.0", BETA = "/graph/v1beta1"
const ROLES = "@libre.graph.permissions.roles.allowedValues"

/**
 * @typedef {object} Permission
 * @property {string} id
 * @property {string[]} [roles]
 * @property {any} [grantedToV2]
 * @property {any} [link]
 * @property {boolean} [hasPassword]
 * @property {string} [expirationDateTime]
 */

export async function sharedWithMe() {
  return (await json(`${BETA}/me/drive/sharedWithMe`)).value
}

export async function sharedByMe() {
  return (await json(`${BETA}/me/drive/sharedByMe`)).value
}

/** Take what one received out of the Shares space. */
export function leave(/** @type {string} */ drive, /** @type {string} */ id) {
  return ask("DELETE", `${BETA}/drives/${drive}/items/${encodeURIComponent(id)}`)
}

/** Put it back. */
export function accept(/** @type {string} */ drive, /** @type {string} */ id, /** @type {string} */ name) {
  return json(`${BETA}/drives/${drive}/root/children`, { method: "POST", body: { name, remoteItem: { id } } })
}

/** People and groups whose name holds a text of three letters or more. */
export async function find(/** @type {string} */ text, /** @type {AbortSignal} */ signal) {
  const asked = `$search=${encodeURIComponent(`"${text.replace(/["\\]/g, "")}"`)}&$top=8`
  const [users, groups] = await Promise.all([json(`${V1}/users?${asked}`, { signal }), json(`${V1}/groups?${asked}`, { signal })])
  return [...users.value.map(each => ({ ...each, kind: "user" })), ...groups.value.map(each => ({ ...each, kind: "group" }))]
}

/**
 * Who may what with a thing, and what one may give: `{permissions, roles}`. A thing is a drive's own id or that of an item.
 * @returns {Promise<{permissions: Permission[], roles: {id: string, displayName: string}[]}>}
 */
export async function permissions(/** @type {string} */ drive, /** @type {string} */ id) {
  const found = await json(`${at(drive, id)}/permissions`)
  return { permissions: found.value, roles: found[ROLES] || [] }
}

export async function invite(/** @type {string} */ drive, /** @type {string} */ id, /** @type {{id: string, kind: string}} */ to, /** @type {string} */ role) {
  const body = { recipients: [{ objectId: to.id, "@libre.graph.recipient.type": to.kind }], roles: [role] }
  return (await json(`${at(drive, id)}/invite`, { method: "POST", body })).value[0]
}

export function changePermission(/** @type {string} */ drive, /** @type {string} */ id, /** @type {string} */ permission, /** @type {any} */ changes) {
  return json(`${at(drive, id)}/permissions/${encodeURIComponent(permission)}`, { method: "PATCH", body: changes })
}

export function removePermission(/** @type {string} */ drive, /** @type {string} */ id, /** @type {string} */ permission) {
  return ask("DELETE", `${at(drive, id)}/permissions/${encodeURIComponent(permission)}`)
}

/** The capabilities' word for each kind of link. @type {Record<string, string>} */
const ASKED = { view: "read_only", upload: "read_write", edit: "read_write_delete", createOnly: "upload_only" }

/** What the house wants of links: whether one of a kind needs a password, and after how many days it ends if nobody says; 0 for never. */
export async function linkRules() {
  const { password, expire_date: end } = (await json("/ocs/v1.php/cloud/capabilities?format=json")).ocs.data.capabilities.files_sharing.public
  return { password: (/** @type {string} */ type) => Boolean(password.enforced_for[ASKED[type]]), days: Number(end.days || 0) }
}

/** The day here on which something ends, as fields have it: "2027-01-31". */
export function dayOf(/** @type {number} */ time) {
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
}

/** The end of that day here. With the offset, because the server takes the end of the day that it reads. */
export function endOf(/** @type {string} */ day) {
  const ahead = -new Date(`${day}T23:59:59`).getTimezoneOffset(), two = (/** @type {number} */ n) => String(Math.floor(n)).padStart(2, "0")
  return `${day}T23:59:59${ahead < 0 ? "-" : "+"}${two(Math.abs(ahead) / 60)}:${two(Math.abs(ahead) % 60)}`
}

/** @param {{type: string, password?: string, expirationDateTime?: string, displayName?: string}} wanted */
export function makeLink(/** @type {string} */ drive, /** @type {string} */ id, wanted) {
  return json(`${at(drive, id)}/createLink`, { method: "POST", body: wanted })
}

/** Another password for a link, or "" for none. */
export function setPassword(/** @type {string} */ drive, /** @type {string} */ id, /** @type {string} */ permission, /** @type {string} */ password) {
  return json(`${at(drive, id)}/permissions/${encodeURIComponent(permission)}/setPassword`, { method: "POST", body: { password } })
}

/** What stands in the address: the root of a drive, or an item in it. */
function at(/** @type {string} */ drive, /** @type {string} */ id) {
  const root = !id || id === drive || id === `${drive}!${drive.split("$")[1]}`
  return `${BETA}/drives/${encodeURIComponent(drive)}/${root ? "root" : `items/${encodeURIComponent(id)}`}`
}

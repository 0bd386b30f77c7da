// People, drives and shares by Graph.
import { ask, json } from "./http.js"

const V1 = "/graph/v1.0", BETA = "/graph/v1beta1"
const ROLES = "@libre.graph.permissions.roles.allowedValues"

/**
 * @typedef {object} Drive
 * @property {string} id
 * @property {string} name
 * @property {"personal"|"project"|"virtual"|"mountpoint"} driveType
 * @property {string} driveAlias
 * @property {string} [description]
 * @property {{used: number, total: number, remaining: number, state: string}} [quota]
 * @property {any} root
 *
 * @typedef {object} Permission
 * @property {string} id
 * @property {string[]} [roles]
 * @property {any} [grantedToV2]
 * @property {any} [link]
 * @property {boolean} [hasPassword]
 * @property {string} [expirationDateTime]
 */

export function me() {
  return json(`${V1}/me`)
}

/** @returns {Promise<Drive[]>} */
export async function drives() {
  return (await json(`${V1}/me/drives`)).value
}

/** @returns {Promise<Drive>} */
export function makeDrive(/** @type {string} */ name) {
  return json(`${V1}/drives`, { method: "POST", body: { name, driveType: "project" } })
}

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

/** @param {{type: string, password?: string, expirationDateTime?: string, displayName?: string}} wanted */
export function makeLink(/** @type {string} */ drive, /** @type {string} */ id, wanted) {
  return json(`${at(drive, id)}/createLink`, { method: "POST", body: wanted })
}

export function setPassword(/** @type {string} */ drive, /** @type {string} */ id, /** @type {string} */ permission, /** @type {string} */ password) {
  return json(`${at(drive, id)}/permissions/${encodeURIComponent(permission)}/setPassword`, { method: "POST", body: { password } })
}

/** What stands in the address: the root of a drive, or an item in it. */
function at(/** @type {string} */ drive, /** @type {string} */ id) {
  const root = !id || id === drive || id === `${drive}!${drive.split("$")[1]}`
  return `${BETA}/drives/${encodeURIComponent(drive)}/${root ? "root" : `items/${encodeURIComponent(id)}`}`
}

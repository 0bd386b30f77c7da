// For who looks after the box: accounts and groups by Graph, the box itself by doors of its own (appliance/protocols/admin/README.md).
import { ask, Failure } from "./http.js"

const V1 = "/graph/v1.0", BOX = "/api/v0"
/** Roles of an account, by the ids that OpenCloud gave them. */
export const ROLES = { "71881883-1768-46bd-a24d-a356a2afdf7f": "admin", "2aadd357-682c-406b-8874-293091995fdd": "space-admin", "d7beeea8-8ff4-406b-8fb6-ab2dd81e6b11": "user", "38071a68-456a-4553-846a-fa67bf5596cc": "guest" }

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} displayName
 * @property {string} onPremisesSamAccountName
 * @property {string} mail
 * @property {boolean} accountEnabled
 * @property {{id: string, displayName: string}[]} memberOf
 * @property {{appRoleId: string, resourceId: string}[]} appRoleAssignments
 *
 * @typedef {{id: string, displayName: string, members: Person[]}} Group
 */

/** @param {string} method @param {string} address @param {any} [body] @param {Record<string, string>} [headers] @returns {Promise<any>} */
async function call(method, address, body, headers) {
  const { response } = await ask(method, address, { body, headers })
  return response ? JSON.parse(response) : null
}

/** What a door of the box says; null where this box has no such door. @returns {Promise<any>} */
export async function door(/** @type {string} */ name, /** @type {string} */ method = "GET", /** @type {any} */ body = undefined) {
  try {
    return await call(method, `${BOX}/${name}`, body)
  } catch (error) {
    if (error instanceof Failure && error.status === 404 && method === "GET") return null
    throw error
  }
}

/** @type {Promise<boolean>|null} */
let asked = null

/** Whether who is signed in looks after the box. */
export function isAdministrator() {
  asked ||= call("GET", `${V1}/me?$expand=appRoleAssignments`).then(me => me.appRoleAssignments.some((/** @type {any} */ each) => ROLES[each.appRoleId] === "admin"))
  asked.catch(() => { asked = null })
  return asked
}

/** @returns {Promise<Person[]>} */
export async function people() {
  return (await call("GET", `${V1}/users?$expand=memberOf,appRoleAssignments&$orderby=displayName`)).value
}

/** @returns {Promise<Person>} */
export function addPerson(/** @type {any} */ facts) {
  return call("POST", `${V1}/users`, facts)
}

export function changePerson(/** @type {string} */ id, /** @type {any} */ facts) {
  return call("PATCH", `${V1}/users/${id}`, facts)
}

/** The files go to the trash of the box, or to somebody else. */
export function removePerson(/** @type {string} */ id, heir = "") {
  return call("DELETE", `${V1}/users/${id}${heir ? `?give-files-to=${heir}` : ""}`)
}

export async function giveRole(/** @type {Person} */ person, /** @type {string} */ role) {
  const { resourceId } = person.appRoleAssignments?.[0] ?? (await call("GET", `${V1}/users/${person.id}/appRoleAssignments`)).value[0]
  return call("POST", `${V1}/users/${person.id}/appRoleAssignments`, { principalId: person.id, appRoleId: role, resourceId })
}

/** @returns {Promise<Group[]>} */
export async function groups() {
  return (await call("GET", `${V1}/groups?$expand=members&$orderby=displayName`)).value
}

export function addGroup(/** @type {string} */ displayName) {
  return call("POST", `${V1}/groups`, { displayName })
}

export function renameGroup(/** @type {string} */ id, /** @type {string} */ displayName) {
  return call("PATCH", `${V1}/groups/${id}`, { displayName })
}

export function removeGroup(/** @type {string} */ id) {
  return call("DELETE", `${V1}/groups/${id}`)
}

export function join(/** @type {string} */ group, /** @type {string} */ person) {
  return call("POST", `${V1}/groups/${group}/members/$ref`, { "@odata.id": `${location.origin}${V1}/users/${person}` })
}

export function leave(/** @type {string} */ group, /** @type {string} */ person) {
  return call("DELETE", `${V1}/groups/${group}/members/${person}/$ref`)
}

/** Every project space. @returns {Promise<import("./dav.js").Drive[]>} */
export async function spaces() {
  return (await call("GET", `${V1}/drives?$filter=${encodeURIComponent("driveType eq 'project'")}`)).value
}

export function changeSpace(/** @type {string} */ id, /** @type {any} */ facts) {
  return call("PATCH", `${V1}/drives/${encodeURIComponent(id)}`, facts)
}

export function disableSpace(/** @type {string} */ id) {
  return call("DELETE", `${V1}/drives/${encodeURIComponent(id)}`)
}

export function restoreSpace(/** @type {string} */ id) {
  return call("PATCH", `${V1}/drives/${encodeURIComponent(id)}`, {}, { Restore: "T" })
}

export function purgeSpace(/** @type {string} */ id) {
  return call("DELETE", `${V1}/drives/${encodeURIComponent(id)}`, undefined, { Purge: "T" })
}

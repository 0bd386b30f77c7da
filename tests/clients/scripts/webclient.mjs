// What @opencloud-eu/web-client, the library beneath OpenCloud's web client, does with a server: every call that it offers.
// Prints a line of JSON for each: {"name", "error"}; and last {"left": [calls it offers that nothing here made]}.
//
// The package runs under node as it is. Only the stream of events is written for browsers: it gets a `window` with fetch and timers, and a `document`.
//
// What the server claims is what its capabilities say. What they do not claim must be refused cleanly: a 4xx or 501, at once.
import assert from "node:assert/strict";
import axios from "axios";
import * as library from "@opencloud-eu/web-client";
import { DavProperties, DavProperty } from "@opencloud-eu/web-client/webdav";
import { MESSAGE_TYPE, sse } from "@opencloud-eu/web-client/sse";

const { URL: url, AUTHORIZATION, NAME: name, OTHER: other, PASSWORD: password } = process.env;
const tag = Date.now().toString(36) + process.pid.toString(36);     // the server keeps what others made
const ENDING = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const ID = /^[0-9a-f-]{36}\$[0-9a-f-]{36}$/, ITEM = /^[0-9a-f-]{36}\$[0-9a-f-]{36}![0-9a-f-]{36}$/;
const JAIL = `${library.SHARE_JAIL_ID}$${library.SHARE_JAIL_ID}`;

// One person's clients. Whatever is called of them is noted.
const called = new Set(), offered = new Set();
function noted(name, object) {
    return new Proxy(object, { get(target, key) {
        if (typeof target[key] !== "function") return noted(`${name}.${key}`, target[key]);
        return (...all) => { called.add(`${name}.${key}`); return target[key](...all); };
    } });
}
function signedIn(authorization) {
    const headers = { Authorization: authorization };
    const http = axios.create({ headers, timeout: 30_000 });
    const person = { http, graph: library.graph(url, http), ocs: library.ocs(url, http), webdav: library.webdav(url, () => headers) };
    for (const [room, calls] of Object.entries(person.graph)) for (const call of Object.keys(calls)) offered.add(`graph.${room}.${call}`);
    for (const room of ["ocs", "webdav"]) for (const call of Object.keys(person[room])) offered.add(`${room}.${call}`);
    for (const room of ["graph", "ocs", "webdav"]) person[room] = noted(room, person[room]);
    return person;
}
const basic = (name, password) => "Basic " + Buffer.from(`${name}:${password}`).toString("base64");
const ann = signedIn(AUTHORIZATION), bob = signedIn(basic(other, password));

// Each call by name, one after the other.
async function call(name, work) {
    let error = null, timer;
    const late = new Promise((_, give) => { timer = setTimeout(() => give(new Error("it hangs")), 40_000); });
    try {
        await Promise.race([work(), late]);
    } catch (failure) {
        const answer = failure.response?.data ?? "";
        error = `${failure.message}\n${JSON.stringify(answer)}\n${failure.stack}`;
    }
    clearTimeout(timer);
    console.log(JSON.stringify({ name, error }));
}
async function refused(promise, ...wanted) {
    const status = await promise.then((value) => { throw new Error(`it was not refused: ${JSON.stringify(value)}`); },
        (error) => error.statusCode ?? error.response?.status ?? Promise.reject(error));
    assert.ok(wanted.length ? wanted.includes(status) : (status >= 400 && status < 500) || status === 501, `refused with ${status}`);
}
const texts = (object, ...names) => names.forEach((name) => assert.equal(typeof object[name], "string", `${name} of ${JSON.stringify(object)}`));
const has = (object, wanted) => assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, object[key]])), wanted);
const sorted = (list, name) => list.map((each) => each[name]).sort();

let can, roles, me, he, eve, group, home, project, file, folder, gift;

// What it asks first.

await call("ocs.getCapabilities", async () => {
    const { capabilities, version } = await ann.ocs.getCapabilities();
    can = capabilities;
    texts(version, "string", "product", "productversion");
    assert.equal(can.spaces.enabled, true);
    assert.equal(can.spaces.projects, true);
    assert.equal(can.core["support-url-signing"], true);
    assert.equal(typeof can.files.tus_support.max_chunk_size, "number");
    assert.equal(can.files.archivers[0].enabled, true);
    for (const each of ["favorites", "full_text_search", "tags", "undelete", "versioning"]) assert.equal(typeof can.files[each], "boolean", each);
    assert.equal(typeof can.password_policy.min_characters, "number");
    assert.equal(typeof can.graph.users.change_password_self_disabled, "boolean");
});
await call("graph.users.getMe", async () => {
    me = await ann.graph.users.getMe();
    he = await bob.graph.users.getMe();
    has(me, { onPremisesSamAccountName: name, userType: "Member", memberOf: [] });
    texts(me, "id", "displayName");
});
await call("graph.permissions.listRoleDefinitions", async () => {
    const every = await ann.graph.permissions.listRoleDefinitions();
    roles = Object.fromEntries(every.map((role) => [role.id, role]));
    for (const role of every) {
        texts(role, "id", "displayName", "description");
        assert.equal(typeof role["@libre.graph.weight"], "number");
        for (const { allowedResourceActions, condition } of role.rolePermissions) {
            assert.ok(allowedResourceActions.every((action) => action.startsWith("libre.graph/driveItem/")));
            assert.match(condition, /^exists @Resource\./);
        }
    }
});
const role = (displayName, on) => Object.values(roles).find((each) => each.displayName === displayName
    && each.rolePermissions.some(({ condition }) => condition === `exists @Resource.${on}`)).id;

// People, as the administration has them.

await call("graph.users.createUser", async () => {
    eve = await ann.graph.users.createUser({ displayName: "Eve É", onPremisesSamAccountName: `eve${tag}`, mail: `eve${tag}@example.org`,
        passwordProfile: { password } });
    has(eve, { displayName: "Eve É", onPremisesSamAccountName: `eve${tag}`, mail: `eve${tag}@example.org`, accountEnabled: true });
    await refused(ann.graph.users.createUser({ displayName: "Eve", onPremisesSamAccountName: `eve${tag}`, passwordProfile: { password } }), 409);
});
await call("graph.users.getUser", async () => {
    const found = await ann.graph.users.getUser(eve.id);
    has(found, { id: eve.id, memberOf: [] });
    assert.equal(found.appRoleAssignments.length, 1);
    texts(found.appRoleAssignments[0], "appRoleId", "principalId", "resourceId");
    await refused(ann.graph.users.getUser("nobody"), 404);
    await refused(bob.graph.users.getUser(eve.id), 403);                // which asks for the groups and roles
});
await call("graph.users.listUsers", async () => {
    const every = await ann.graph.users.listUsers({ orderBy: ["displayName"], expand: ["memberOf", "appRoleAssignments"] });
    assert.ok(every.some(({ id }) => id === eve.id) && every.every((user) => Array.isArray(user.memberOf) && user.appRoleAssignments.length === 1));
    const [found, ...more] = await bob.graph.users.listUsers({ search: `"eve${tag}"`, orderBy: ["displayName"] });
    assert.equal(more.length, 0);
    has(found, { id: eve.id, displayName: "Eve É", onPremisesSamAccountName: `eve${tag}`, mail: undefined });
    const { appRoleId } = (await ann.graph.users.getUser(eve.id)).appRoleAssignments[0];
    const filtered = await ann.graph.users.listUsers({ filter: `(appRoleAssignments/any(m:m/appRoleId eq '${appRoleId}'))`, select: ["id"] });
    assert.ok(filtered.some(({ id }) => id === eve.id));
});
await call("graph.users.editUser", async () => {
    has(await ann.graph.users.editUser(eve.id, { displayName: "Eve", accountEnabled: true }), { id: eve.id, displayName: "Eve", accountEnabled: true });
});
await call("graph.applications.listApplications", async () => {
    const [application] = await ann.graph.applications.listApplications();
    texts(application, "id", "displayName");
    application.appRoles.forEach((each) => texts(each, "id", "displayName"));
});
await call("graph.applications.getApplication", async () => {
    const [application] = await ann.graph.applications.listApplications();
    assert.deepEqual(await ann.graph.applications.getApplication(application.id), application);
});
await call("graph.users.createUserAppRoleAssignment", async () => {
    const [{ id, appRoles }] = await ann.graph.applications.listApplications();
    const appRoleId = appRoles.find(({ displayName }) => displayName === "Space Admin").id;
    const said = { appRoleId, principalId: eve.id, resourceId: id };
    has(await ann.graph.users.createUserAppRoleAssignment(eve.id, said), said);
});
await call("graph.users.changeOwnPassword", async () => {
    const newPassword = "another " + password;
    await signedIn(basic(`eve${tag}`, password)).graph.users.changeOwnPassword({ currentPassword: password, newPassword });
    has(await signedIn(basic(`eve${tag}`, newPassword)).graph.users.getMe(), { id: eve.id });
});
await call("graph.users.editMe", async () => {
    has(await ann.graph.users.editMe({ preferredLanguage: "de" }), { id: me.id, preferredLanguage: "de" });
});
await call("graph.photos.updateOwnUserPhotoPatch", async () => {
    const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    await ann.graph.photos.updateOwnUserPhotoPatch(new File([Buffer.from(pixel, "base64")], "me.png", { type: "image/png" }));
});
await call("graph.photos.getOwnUserPhoto", async () => {
    const photo = await ann.graph.photos.getOwnUserPhoto({ responseType: "arraybuffer" });
    assert.deepEqual([...photo.subarray(1, 4)], [..."PNG"].map((letter) => letter.charCodeAt()));
});
await call("graph.photos.getUserPhoto", async () => {
    assert.ok((await bob.graph.photos.getUserPhoto(me.id, { responseType: "arraybuffer" })).length > 60);
});
await call("graph.photos.deleteOwnUserPhoto", async () => {
    await ann.graph.photos.deleteOwnUserPhoto();
    await refused(ann.graph.photos.getOwnUserPhoto(), 404);
});

// Groups.

await call("graph.groups.createGroup", async () => {
    group = await ann.graph.groups.createGroup({ displayName: `choir ${tag}` });
    has(group, { displayName: `choir ${tag}` });
    texts(group, "id");
});
await call("graph.groups.editGroup", async () => {
    await ann.graph.groups.editGroup(group.id, { displayName: `Choir ${tag}`, "members@odata.bind": [`${url}/graph/v1.0/users/${eve.id}`] });
});
await call("graph.groups.addMember", () => ann.graph.groups.addMember(group.id, me.id));
await call("graph.groups.getGroup", async () => {
    const found = await ann.graph.groups.getGroup(group.id);
    has(found, { id: group.id, displayName: `Choir ${tag}`, groupTypes: [] });
    assert.deepEqual(sorted(found.members, "id"), [eve.id, me.id].sort());
});
await call("graph.groups.listGroups", async () => {
    const [found, ...more] = await ann.graph.groups.listGroups({ search: `"choir ${tag}"`, orderBy: ["displayName"], expand: ["members"] });
    assert.equal(more.length, 0);
    assert.equal(found.members.length, 2);
    has((await bob.graph.groups.listGroups({ search: tag, orderBy: ["displayName"] }))[0], { id: group.id, members: undefined });
});
await call("graph.groups.deleteMember", async () => {
    await ann.graph.groups.deleteMember(group.id, me.id);
    assert.deepEqual(sorted((await ann.graph.groups.getGroup(group.id)).members, "id"), [eve.id]);
});

// Spaces.

await call("graph.drives.listMyDrives", async () => {
    const found = await ann.graph.drives.listMyDrives({ orderBy: "name asc", filter: "driveType eq personal" });
    assert.equal(found.length, 1);
    [home] = found;
    assert.ok(library.isSpaceResource(home) && library.isPersonalSpaceResource(home) && !library.isProjectSpaceResource(home));
    has(home, { type: "space", path: "/", disabled: false, webDavPath: `/spaces/${home.id}`, webDavTrashPath: `/spaces/trash-bin/${home.id}` });
    assert.match(home.id, ID);
    texts(home, "name", "driveAlias", "mdate", "privateLink");
    assert.ok(home.isOwner(me) && home.canUpload({ user: me }) && home.canListVersions({ user: me }) && home.canDeleteFromTrashBin({ user: me }));
    assert.equal(home.getWebDavUrl({ path: "/a" }).toLowerCase(), `${url}/remote.php/dav/spaces/${home.id}/a`.toLowerCase());
    for (const each of ["remaining", "total", "used"]) assert.equal(typeof home.spaceQuota[each], "number");
    texts(home.spaceQuota, "state");
    has((await ann.graph.users.getUser(me.id, { expand: ["drive"], select: ["id", "displayName", "drive"] })).drive, { id: home.id });
    const every = await ann.graph.drives.listMyDrives();
    assert.deepEqual(sorted(every, "driveType").slice(0, 2), ["personal", "virtual"]);
});
await call("graph.drives.createDrive", async () => {
    project = await ann.graph.drives.createDrive({ name: `Family ${tag}`, driveType: "project", description: "ours", quota: { total: 1e9 } });
    assert.ok(library.isProjectSpaceResource(project) && !project.disabled);
    has(project, { name: `Family ${tag}`, description: "ours", driveType: "project" });
    assert.match(project.id, ID);
    await refused(bob.graph.drives.createDrive({ name: "mine", driveType: "project" }), 403);
});
await call("graph.drives.updateDrive", async () => {
    const image = await ann.webdav.putFileContents(project, { path: "/.space/picture.png", content: "png" }).catch(async () => {
        await ann.webdav.createFolder(project, { path: "/.space", fetchFolder: false });
        return ann.webdav.putFileContents(project, { path: "/.space/picture.png", content: "png" });
    });
    project = await ann.graph.drives.updateDrive(project.id, { name: `Family ${tag} ü`, description: "all of ours", quota: { total: 2e9 },
        special: [{ id: image.id, specialFolder: { name: "image" } }] });
    has(project, { name: `Family ${tag} ü`, description: "all of ours" });
    assert.equal(project.spaceQuota.total, 2e9);
    assert.equal(library.getRelativeSpecialFolderSpacePath(project, "image"), ".space/picture.png");
    has(library.buildSpaceImageResource(project), { id: image.id, name: "picture.png", extension: "png", mimeType: "image/png" });
});
await call("graph.drives.getDrive", async () => {
    has(await ann.graph.drives.getDrive(project.id), { id: project.id, name: `Family ${tag} ü`, driveType: "project" });
    has(await ann.graph.drives.getDrive(home.id, { select: ["@libre.graph.hasTrashedItems"] }), { id: home.id, hasTrashedItems: false });
    await refused(bob.graph.drives.getDrive(project.id), 404);
});
await call("graph.drives.listAllDrives", async () => {
    const found = await ann.graph.drives.listAllDrives({ orderBy: "name asc", filter: "driveType eq project", expand: "root($expand=permissions)" });
    const [one] = found.filter(({ id }) => id === project.id);
    assert.deepEqual(library.getSpaceManagers(one, roles).map(({ grantedToV2 }) => grantedToV2.user.id), [me.id]);
    assert.ok(found.every(library.isProjectSpaceResource));
});
await call("members of a space", async () => {
    const { shares, allowedRoles, allowedActions } = await ann.graph.permissions.listPermissions(project.id, project.id, roles);
    const [mine] = shares;
    assert.ok(library.isCollaboratorShare(mine) && library.isManager(mine));
    has(mine, { resourceId: project.id, shareType: library.ShareTypes.user.value, indirect: false });
    assert.equal(mine.sharedWith.id, me.id);
    assert.ok(allowedActions.length > 10 && allowedRoles.every(({ id }) => roles[id]));
    const viewer = role("Can view", "Root"), manager = role("Can manage", "Root");
    const his = await ann.graph.permissions.createInvite(project.id, project.id, {
        recipients: [{ objectId: he.id, "@libre.graph.recipient.type": "user" }], roles: [viewer] }, roles);
    has(his, { role: roles[viewer], shareType: 0 });
    assert.equal(his.sharedWith.id, he.id);
    assert.ok(!library.isManager(his));
    const [seen] = await bob.graph.drives.listMyDrives({ filter: `id eq '${project.id}'` });
    assert.ok(library.isProjectSpaceResource(seen));
    const more = await ann.graph.permissions.updatePermission(project.id, project.id, his.id, { roles: [manager] }, roles);
    assert.ok(library.isManager(more));
    const choir = await ann.graph.permissions.createInvite(project.id, project.id, {
        recipients: [{ objectId: group.id, "@libre.graph.recipient.type": "group" }], roles: [viewer] }, roles);
    has(choir, { shareType: library.ShareTypes.group.value });
    assert.equal((await ann.graph.permissions.listPermissions(project.id, project.id, roles)).shares.length, 3);
    for (const each of [his, choir]) await ann.graph.permissions.deletePermission(project.id, project.id, each.id);
    await refused(bob.graph.drives.getDrive(project.id), 404);
});
await call("members of one's own space", async () => {
    const { shares, allowedRoles, allowedActions } = await ann.graph.permissions.listPermissions(home.id, home.id, roles);
    assert.deepEqual(shares, []);
    assert.ok(Array.isArray(allowedRoles) && Array.isArray(allowedActions));
});

// Files.

await call("webdav.createFolder", async () => {
    folder = await ann.webdav.createFolder(home, { path: "/Fotos ü & 100%" });
    has(folder, { name: "Fotos ü & 100%", path: "/Fotos ü & 100%", isFolder: true, type: "folder", extension: "", size: "0", storageId: home.id });
    assert.match(folder.id, ITEM);
    assert.ok(folder.canUpload() && folder.canCreate() && folder.canBeDeleted() && folder.canRename() && folder.canDownload() && folder.canEditTags());
    assert.ok(folder.canShare({ ability: { can: () => true } }));
    assert.ok(!folder.isMounted() && !folder.isReceivedShare() && !folder.isShareRoot());
    const inside = { parentFolderId: folder.id, folderName: "inside", path: undefined };
    await ann.webdav.createFolder(home, { ...inside, fetchFolder: false });
    await refused(ann.webdav.createFolder(home, inside), 405);
    await refused(ann.webdav.createFolder(home, { path: "/no/where" }), 409);
});
await call("webdav.putFileContents", async () => {
    file = await ann.webdav.putFileContents(home, { path: "/Fotos ü & 100%/007.jpg", content: "one" });
    has(file, { name: "007.jpg", extension: "jpg", path: "/Fotos ü & 100%/007.jpg", size: "3", mimeType: "image/jpeg", isFolder: false, type: "file",
        parentFolderId: folder.id, starred: false, tags: [], shareTypes: [], locked: false, processing: false, storageId: home.id,
        owner: { id: name, displayName: me.displayName } });
    assert.match(file.fileId, ITEM);
    assert.match(file.etag, /^"[0-9a-f]+"$/);
    assert.ok(file.privateLink.startsWith(`${url}/f/`) && !Number.isNaN(Date.parse(file.mdate)));
    assert.equal(file.nodeId, file.id.split("!")[1]);
    assert.ok(!file.canUpload() && file.canRename() && file.canBeDeleted() && file.canDownload());
    await refused(ann.webdav.putFileContents(home, { path: file.path, content: "again" }), 412);
    await refused(ann.webdav.putFileContents(home, { path: file.path, content: "again", previousEntityTag: '"old"' }), 412);
    await ann.webdav.putFileContents(home, { path: file.path, content: "three", previousEntityTag: file.etag });
    const by = await ann.webdav.putFileContents(home, { parentFolderId: folder.id, fileName: "by id.txt", content: new TextEncoder().encode("by id").buffer });
    has(by, { name: "by id.txt", size: "5", parentFolderId: folder.id });
});
await call("webdav.getFileInfo", async () => {
    has(await ann.webdav.getFileInfo(home, { path: file.path }), { id: file.id, size: "5" });
    has(await ann.webdav.getFileInfo(home, { fileId: file.id }), { id: file.id, name: "007.jpg", path: "/" });       // by id there is no path
    has(await ann.webdav.getFileInfo(home, { path: "/" }), { id: `${home.id}!${home.id.split("$")[1]}`, isFolder: true, path: "/" });
    await refused(ann.webdav.getFileInfo(home, { path: "/none" }), 404);
});
await call("webdav.listFiles", async () => {
    const { resource, children } = await ann.webdav.listFiles(home, { path: folder.path });
    has(resource, { id: folder.id, size: "10" });
    assert.deepEqual(sorted(children, "path"), ["007.jpg", "by id.txt", "inside"].map((each) => `${folder.path}/${each}`));
    assert.ok(children.every((each) => each.parentFolderId === folder.id && each.webDavPath === `/spaces/${home.id}${each.path}`));
    const { children: again } = await ann.webdav.listFiles(home, { fileId: folder.id });
    assert.deepEqual(sorted(again, "id"), sorted(children, "id"));
    const { children: few } = await ann.webdav.listFiles(home, { path: "/" }, { davProperties: [DavProperty.Name, DavProperty.FileId, DavProperty.ResourceType] });
    has(few.find(({ id }) => id === folder.id), { name: folder.name, isFolder: true });
});
await call("webdav.registerExtraProp", async () => {
    const own = signedIn(AUTHORIZATION);
    own.webdav.registerExtraProp("oc:checksums");
    const { extraProps } = await own.webdav.getFileInfo(home, { path: file.path }, { davProperties: [...DavProperties.Default, "oc:checksums"] });
    assert.match(extraProps["oc:checksums"].checksum, /^SHA1:/);
});
await call("webdav.getPathForFileId", async () => {
    assert.equal(await ann.webdav.getPathForFileId(file.id), file.path);
    await refused(bob.webdav.getPathForFileId(file.id), 404);
});
await call("webdav.getFileContents", async () => {
    const { body, headers } = await ann.webdav.getFileContents(home, { path: file.path });
    assert.equal(body, "three");
    const now = await ann.webdav.getFileInfo(home, { path: file.path });
    has(headers, { ETag: now.etag, "OC-ETag": now.etag, "OC-FileId": file.id });
    const by = await ann.webdav.getFileContents(home, { fileId: file.id }, { responseType: "arraybuffer" });
    assert.equal(Buffer.from(by.body).toString(), "three");
    await refused(ann.webdav.getFileContents(home, { path: "/none" }), 404);
});
await call("webdav.getFileUrl", async () => {
    const address = await ann.webdav.getFileUrl(home, file, {});
    const answer = await fetch(address);
    assert.equal(await answer.text(), "three");
    assert.match(answer.headers.get("Content-Disposition"), /^attachment/);
    const inline = await ann.webdav.getFileUrl(home, file, { disposition: "inline", responseType: "arraybuffer" }).catch((error) => error);
    assert.ok(inline instanceof TypeError, "node's axios answers with no blobs");
});
await call("webdav.revokeUrl", async () => ann.webdav.revokeUrl("blob:nodedata:1"));
await call("ocs.signUrl", async () => {
    const plain = `${url}/remote.php/dav/spaces/${home.id}/${encodeURIComponent(folder.name)}/007.jpg`;
    assert.equal((await fetch(plain)).status, 401);
    const signed = await ann.ocs.signUrl(plain, name);
    assert.equal(await (await fetch(signed)).text(), "three");
    assert.equal((await fetch(signed.replace("007.jpg", "by%20id.txt"))).status, 401);
    const archive = await fetch(await ann.ocs.signUrl(`${url}/archiver?id=${encodeURIComponent(folder.id)}&output-format=tar`, name));
    assert.equal(archive.status, 200);
    assert.ok((await archive.arrayBuffer()).byteLength > 1000);
});
await call("webdav.copyFiles", async () => {
    assert.equal((await ann.webdav.copyFiles(home, { path: file.path }, home, { path: "/copy.jpg" })).status, 201);
    await refused(ann.webdav.copyFiles(home, { path: file.path }, home, { path: "/copy.jpg" }), 412);
    assert.equal((await ann.webdav.copyFiles(home, { fileId: file.id }, home, { path: "/copy.jpg" }, { overwrite: true })).status, 204);
    assert.equal((await ann.webdav.copyFiles(home, { fileId: file.id }, project, { parentFolderId: project.id, name: "from home.jpg" })).status, 201);
    assert.equal((await ann.webdav.getFileContents(project, { path: "/from home.jpg" })).body, "three");
});
await call("webdav.moveFiles", async () => {
    assert.equal((await ann.webdav.moveFiles(home, { path: "/copy.jpg" }, home, { path: `${folder.path}/moved.jpg` })).status, 201);
    const { id } = await ann.webdav.getFileInfo(home, { path: `${folder.path}/moved.jpg` });
    assert.equal((await ann.webdav.moveFiles(home, { fileId: id }, home, { parentFolderId: home.id, name: "moved.jpg" })).status, 201);
    has(await ann.webdav.getFileInfo(home, { path: "/moved.jpg" }), { id });
});
await call("webdav.listFileVersions", async () => {
    const versions = await ann.webdav.listFileVersions(file.id);
    assert.equal(versions.length, 1);
    has(versions[0], { size: "3", type: "file" });
    assert.match(versions[0].name, /\.REV\./);
    assert.ok(!Number.isNaN(Date.parse(versions[0].mdate)));
    const old = await ann.webdav.getFileUrl(home, file, { version: versions[0].name, username: name });
    assert.equal(await (await fetch(old)).text(), "one");
});
await call("webdav.restoreFileVersion", async () => {
    const [version] = await ann.webdav.listFileVersions(file.id);
    assert.equal((await ann.webdav.restoreFileVersion(home, file, version.name)).status, 204);         // it asks for a version of the folder it is in
    assert.equal((await ann.webdav.getFileContents(home, { path: file.path })).body, "one");
});
await call("webdav.deleteFile", async () => {
    for (const path of ["/moved.jpg", file.path]) assert.equal((await ann.webdav.deleteFile(home, { path })).status, 204);
    await refused(ann.webdav.deleteFile(home, { path: "/moved.jpg" }), 404);
    has(await ann.graph.drives.getDrive(home.id, { select: ["@libre.graph.hasTrashedItems"] }), { hasTrashedItems: true });
});
const THROWN = { isTrash: true, davProperties: DavProperties.Trashbin };
await call("the trash", async () => {
    const { children } = await ann.webdav.listFiles(home, {}, THROWN);
    assert.deepEqual(sorted(children, "path"), [file.path, "/moved.jpg"].sort());
    const [thrown] = children.filter(({ name }) => name === "007.jpg");
    assert.ok(library.isTrashResource(thrown) && thrown.canBeRestored());
    has(thrown, { extension: "jpg", type: "file", isFolder: false });
    assert.ok(thrown.id && !Number.isNaN(Date.parse(thrown.ddate)));
});
const thrown = async (name) => (await ann.webdav.listFiles(home, {}, THROWN)).children.find((each) => each.name === name);
await call("webdav.restoreFile", async () => {
    assert.equal((await ann.webdav.restoreFile(home, await thrown("007.jpg"), { path: file.path }, { overwrite: false })).status, 201);
    has(await ann.webdav.getFileInfo(home, { path: file.path }), { id: file.id, size: "3" });
});
await call("webdav.clearTrashBin", async () => {
    await ann.webdav.deleteFile(home, { path: `${folder.path}/by id.txt` });
    await ann.webdav.clearTrashBin(home, { id: (await thrown("moved.jpg")).id });
    assert.equal((await ann.webdav.listFiles(home, {}, THROWN)).children.length, 1);
    assert.equal((await ann.webdav.clearTrashBin(home)).status, 204);
    assert.deepEqual((await ann.webdav.listFiles(home, {}, THROWN)).children, []);
});
await call("graph.users.exportPersonalData", async () => {
    await ann.graph.users.exportPersonalData(me.id, { storageLocation: "/export.json" });
    for (let wait = 0; wait < 200; wait += 1) {
        const { children } = await ann.webdav.listFiles(home, { path: "/" });
        if (children.some((each) => each.name === "export.json")) break;
        await new Promise((done) => setTimeout(done, 50));
    }
    assert.match((await ann.webdav.getFileContents(home, { path: "/export.json" }, { responseType: "text" })).body.user?.id ?? me.id, /-/);
});

// Shares of files and folders.

const invite = (item, to, roles_, more = {}) => ann.graph.permissions.createInvite(home.id, item.id, {
    recipients: [{ objectId: to, "@libre.graph.recipient.type": to === group.id ? "group" : "user" }], roles: [roles_], ...more }, roles);
await call("graph.permissions.createInvite", async () => {
    const editor = role("Can edit", "Folder");
    gift = await invite(folder, he.id, editor, { expirationDateTime: "2099-01-31T23:59:59.999Z" });
    assert.ok(library.isCollaboratorShare(gift) && !library.isLinkShare(gift));
    has(gift, { resourceId: folder.id, shareType: 0, indirect: false, role: roles[editor], sharedBy: { id: me.id, displayName: me.displayName } });
    assert.equal(gift.sharedWith.id, he.id);
    assert.match(gift.createdDateTime, ENDING);
    assert.match(gift.expirationDateTime, /^2099-01-31T23:59:59/);
    await refused(invite(folder, he.id, editor), 409);
    has(await invite(folder, group.id, role("Can view", "Folder")), { shareType: 1 });
});
await call("graph.permissions.listPermissions", async () => {
    const { shares, allowedRoles, allowedActions } = await ann.graph.permissions.listPermissions(home.id, folder.id, roles);
    assert.deepEqual(sorted(shares, "shareType"), [0, 1]);
    assert.ok(shares.every((share) => share.role && share.createdDateTime && share.sharedBy.id === me.id));
    assert.ok(allowedRoles.length > 2 && allowedRoles.every(({ id }) => roles[id]) && allowedActions.length > 10);
    const chosen = { filter: "@libre.graph.permissions.roles.allowedValues/rolePermissions/any(p:contains(p/condition, '@Subject.UserType==\"Federated\"'))",
        select: ["@libre.graph.permissions.roles.allowedValues"] };
    assert.deepEqual((await ann.graph.permissions.listPermissions(home.id, folder.id, roles, chosen)).allowedRoles, [], "nobody of another server");
    has(await ann.graph.permissions.listPermissions(home.id, folder.id, roles, { count: true, top: 0 }), { count: 2, shares: [] });
});
await call("graph.permissions.getPermission", async () => {
    has(await ann.graph.permissions.getPermission(home.id, folder.id, gift.id, roles), { id: gift.id, role: gift.role, shareType: 0 });
    await refused(ann.graph.permissions.getPermission(home.id, folder.id, "none", roles), 404);
});
await call("graph.permissions.updatePermission", async () => {
    const viewer = role("Can view", "Folder");
    has(await ann.graph.permissions.updatePermission(home.id, folder.id, gift.id, { roles: [viewer] }, roles), { id: gift.id, role: roles[viewer] });
    const forGood = await ann.graph.permissions.updatePermission(home.id, folder.id, gift.id, { expirationDateTime: null }, roles);
    has(forGood, { expirationDateTime: undefined, role: roles[viewer] });
});
await call("graph.driveItems.listSharedByMe", async () => {
    const [item, ...more] = await ann.graph.driveItems.listSharedByMe({ expand: new Set(["thumbnails"]) });
    assert.equal(more.length, 0);
    const share = library.buildOutgoingShareResource({ driveItem: item, user: me, serverUrl: url });
    assert.ok(library.isShareResource(share) && library.isOutgoingShareResource(share) && !library.isIncomingShareResource(share));
    has(share, { id: folder.id, name: folder.name, path: folder.path, isFolder: true, driveId: home.id, storageId: home.id, type: "folder" });
    assert.deepEqual(share.shareTypes.sort(), [0, 1]);
    assert.deepEqual(share.sharedWith.map(({ id }) => id).sort(), [he.id, group.id].sort());
    assert.equal(share.parentFolderId, `${home.id}!${home.id.split("$")[1]}`);
    assert.match(share.sdate, ENDING);
});
let received;
await call("graph.driveItems.listSharedWithMe", async () => {
    const [item, ...more] = await bob.graph.driveItems.listSharedWithMe({ expand: new Set(["thumbnails"]) });
    assert.equal(more.length, 0);
    received = library.buildIncomingShareResource({ driveItem: item, graphRoles: roles, serverUrl: url });
    assert.ok(library.isShareResource(received) && library.isIncomingShareResource(received) && !library.isOutgoingShareResource(received));
    has(received, { name: folder.name, fileId: folder.id, remoteItemId: folder.id, driveId: JAIL, syncEnabled: true, hidden: false, isFolder: true,
        shareTypes: [0], outgoing: false, storageId: home.id, webDavPath: `/spaces/${folder.id}` });
    assert.ok(received.id.startsWith(JAIL + "!"));
    assert.deepEqual(received.sharedBy.map(({ id }) => id), [me.id]);
    assert.deepEqual(received.sharedWith.map(({ id }) => id), [he.id]);
    assert.equal(received.owner.id, me.id);
    assert.deepEqual(received.shareRoles.map(({ id }) => id), [role("Can view", "Folder")]);
    assert.ok(received.canDownload() && !received.canUpload() && !received.canBeDeleted() && received.isReceivedShare());
    assert.match(received.sdate, ENDING);
});
await call("graph.driveItems.getDriveItem", async () => {
    const item = await bob.graph.driveItems.getDriveItem(JAIL, received.id);
    has(library.buildIncomingShareResource({ driveItem: item, graphRoles: roles, serverUrl: url }), { id: received.id, name: folder.name });
});
await call("a share as a space", async () => {
    const space = library.buildShareSpaceResource({ driveAliasPrefix: "share", id: received.remoteItemId, shareName: folder.name, serverUrl: url });
    assert.ok(library.isShareSpaceResource(space) && library.isSpaceResource(space));
    const { resource, children } = await bob.webdav.listFiles(space, {});
    has(resource, { id: folder.id, isFolder: true });
    const [inside] = children.filter(({ name }) => name === "007.jpg");
    has(inside, { id: file.id, path: "/007.jpg" });
    assert.ok(inside.canDownload() && !inside.canRename() && !inside.canBeDeleted());
    assert.ok(resource.isReceivedShare() && !inside.isReceivedShare(), "that which was received says so, wherever it is seen");
    assert.equal((await bob.webdav.getFileContents(space, { path: "/007.jpg" })).body, "one");
    assert.equal(await (await fetch(await bob.webdav.getFileUrl(space, inside, {}))).text(), "one");
    await refused(bob.webdav.putFileContents(space, { path: "/new.txt", content: "new" }), 403);
    await refused(bob.webdav.deleteFile(space, { path: "/007.jpg" }), 403);
    const [mount] = (await bob.graph.drives.listMyDrives({ filter: "driveType eq mountpoint" })).filter(library.isMountPointSpaceResource);
    assert.ok(mount.isShareRoot() && mount.isMounted());
    has(mount, { id: received.id, name: folder.name });
    assert.equal(mount.root.remoteItem.id, folder.id);
    const [shown] = (await bob.webdav.listFiles(mount, {})).children.filter(({ name }) => name === "007.jpg");
    has(shown, { id: file.id, path: "/007.jpg" });
});
await call("what is shared says so", async () => {
    const { children } = await ann.webdav.listFiles(home, { path: "/" });
    assert.deepEqual(children.find(({ id }) => id === folder.id).shareTypes.sort(), [0, 1]);
    assert.deepEqual(children.find(({ name }) => name === "export.json").shareTypes, []);
    assert.ok(!children.some((each) => each.isReceivedShare()));
});
await call("graph.permissions.deletePermission", async () => {
    await ann.graph.permissions.deletePermission(home.id, folder.id, gift.id);
    assert.deepEqual(await bob.graph.driveItems.listSharedWithMe(), []);
    await refused(bob.webdav.getPathForFileId(folder.id), 404);
});
let again;
const heSees = async (wanted) => {
    has((await bob.graph.driveItems.listSharedWithMe())[0], { id: received.id, ...wanted });
    const mounted = (await bob.graph.drives.listMyDrives({ filter: "driveType eq mountpoint" })).map(({ id }) => id);
    assert.deepEqual(mounted, wanted["@client.synchronize"] ? [received.id] : []);
};
await call("graph.driveItems.deleteDriveItem", async () => {
    again = await invite(folder, he.id, role("Can view", "Folder"));
    await bob.graph.driveItems.deleteDriveItem(JAIL, received.id);
    await heSees({ "@client.synchronize": false, "@UI.Hidden": false });
});
await call("graph.driveItems.updateDriveItem", async () => {
    has(await bob.graph.driveItems.updateDriveItem(JAIL, received.id, { "@UI.Hidden": true }), { id: received.id, "@UI.Hidden": true });
    await heSees({ "@client.synchronize": false, "@UI.Hidden": true });
    await bob.graph.driveItems.updateDriveItem(JAIL, received.id, { "@UI.Hidden": false });
});
await call("graph.driveItems.createDriveItem", async () => {
    const item = await bob.graph.driveItems.createDriveItem(JAIL, { name: folder.name, remoteItem: { id: folder.id } });
    has(item, { id: received.id, name: folder.name, "@client.synchronize": true, "@UI.Hidden": false });
    await heSees({ "@client.synchronize": true, "@UI.Hidden": false });
    await ann.graph.permissions.deletePermission(home.id, folder.id, again.id);
});

// Links.

const withPassword = "a Password, quite long";
let link, quick;
await call("graph.permissions.createLink", async () => {
    assert.equal(can.files_sharing.public.enabled, true);
    link = await ann.graph.permissions.createLink(home.id, folder.id, { type: "edit", password: withPassword, displayName: "for Gran",
        expirationDateTime: "2099-01-31T23:59:59.999Z", "@libre.graph.quickLink": false });
    assert.ok(library.isLinkShare(link) && !library.isCollaboratorShare(link));
    has(link, { resourceId: folder.id, shareType: library.ShareTypes.link.value, hasPassword: true, displayName: "for Gran", isQuickLink: false, type: "edit",
        indirect: false, preventsDownload: false });
    assert.match(link.webUrl, new RegExp(`^${url}/s/[A-Za-z0-9_-]+$`));
    assert.match(link.createdDateTime, ENDING);
    assert.match(link.expirationDateTime, /^2099-0/);
    quick = await ann.graph.permissions.createLink(home.id, file.id, { type: "view", "@libre.graph.quickLink": true, displayName: "Link" });
    has(quick, { isQuickLink: true, type: "view", hasPassword: false });
    const { children } = await ann.webdav.listFiles(home, { path: "/" });
    assert.ok(children.find(({ id }) => id === folder.id).shareTypes.includes(library.ShareTypes.link.value));
    const shared = (await ann.graph.driveItems.listSharedByMe()).map((driveItem) => library.buildOutgoingShareResource({ driveItem, user: me, serverUrl: url }));
    assert.deepEqual(shared.find(({ id }) => id === file.id)?.sharedWith, [{ id: quick.id, displayName: "Link", shareType: 3 }]);
});
await call("links among permissions", async () => {
    const { shares } = await ann.graph.permissions.listPermissions(home.id, folder.id, roles);
    has(shares.find(library.isLinkShare), { id: link.id, displayName: "for Gran" });
    const people = await ann.graph.permissions.listPermissions(home.id, folder.id, roles, { filter: "grantedToV2 ne ''" });
    assert.ok(people.shares.length && !people.shares.some(library.isLinkShare));
    has(await ann.graph.permissions.getPermission(home.id, folder.id, link.id, roles), { id: link.id, type: "edit" });
});
await call("graph.permissions.setPermissionPassword", async () => {
    has(await ann.graph.permissions.setPermissionPassword(home.id, folder.id, link.id, { password: withPassword + "!" }), { id: link.id, hasPassword: true });
});
const publicly = (share, password) => {
    const id = share.webUrl.split("/").pop(), headers = password ? { Authorization: basic("public", password), "public-token": id } : { "public-token": id };
    const space = library.buildPublicSpaceResource({ id, name: "Public files", publicLinkType: "public-link", serverUrl: url,
        ...(password && { publicLinkPassword: password }) });
    return [noted("webdav", library.webdav(url, () => headers)), space, id];
};
await call("a link as a space", async () => {
    for (const [guess, errorCode] of [[undefined, "ERR_MISSING_BASIC_AUTH"], ["wrong", "ERR_INVALID_CREDENTIALS"]]) {
        const [dav, space] = publicly(link, guess);
        has(await dav.listFiles(space, {}).catch((error) => error), { statusCode: 401, errorCode });     // the client asks for a password by it
    }
    const [dav, space, token] = publicly(link, withPassword + "!");
    assert.ok(library.isPublicSpaceResource(space) && library.isSpaceResource(space));
    has(space, { driveAlias: `public/${token}`, webDavPath: `/public-files/${token}`, publicLinkPassword: withPassword + "!" });
    const { resource, children } = await dav.listFiles(space, {});
    assert.ok(library.isPublicSpaceResource(resource));
    has(resource, { id: token, publicLinkItemType: "folder", publicLinkPermission: 15, publicLinkShareOwner: me.displayName, fileId: folder.id });
    assert.ok(!Number.isNaN(Date.parse(resource.publicLinkExpiration)) && !Number.isNaN(Date.parse(resource.publicLinkShareDate)));
    const seen = children.find(({ name }) => name === "007.jpg");
    has(seen, { path: "/007.jpg", size: "3", id: file.id });
    assert.ok(seen.canDownload() && seen.canBeDeleted());
    assert.equal((await dav.getFileContents(space, { path: "/007.jpg" })).body, "one");
    assert.equal(await (await fetch(await dav.getFileUrl(space, seen, {}))).text(), "one", "its address is good without the password");
    has(await dav.putFileContents(space, { path: "/from outside.txt", content: "hello" }), { name: "from outside.txt", path: "/from outside.txt" });
    has(await dav.createFolder(space, { path: "/by Gran" }), { isFolder: true, path: "/by Gran" });
    await dav.moveFiles(space, { path: "/from outside.txt" }, space, { path: "/by Gran/a.txt" });
    await dav.copyFiles(space, { path: "/by Gran/a.txt" }, space, { path: "/by Gran/b.txt" });
    assert.deepEqual(sorted((await dav.listFiles(space, { path: "/by Gran" })).children, "path"), ["/by Gran/a.txt", "/by Gran/b.txt"]);
    await dav.deleteFile(space, { path: "/by Gran" });
    await refused(dav.getFileInfo(space, { path: "/by Gran" }), 404);
});
await call("webdav.getPublicFileUrl", async () => {
    const [dav, space, token] = publicly(quick);
    const address = dav.getPublicFileUrl(space, token);
    assert.equal(address, `${url}/remote.php/dav/public-files/${token}`);
    assert.equal(await (await fetch(`${address}/007.jpg`)).text(), "one");
    const { resource, children } = await dav.listFiles(space, {});
    has(resource, { publicLinkItemType: "file", publicLinkPermission: 1 });
    assert.deepEqual(sorted(children, "name"), ["007.jpg"]);
    await refused(dav.putFileContents(space, { path: "/007.jpg", content: "no", overwrite: true }), 403);
});
await call("a link changed and taken away", async () => {
    const changed = await ann.graph.permissions.updatePermission(home.id, folder.id, link.id,
        { link: { type: "view", "@libre.graph.displayName": "to look" }, expirationDateTime: null }, roles);
    has(changed, { id: link.id, type: "view", displayName: "to look", expirationDateTime: undefined, hasPassword: true });
    const [dav, space] = publicly(link, withPassword + "!");
    await refused(dav.putFileContents(space, { path: "/new.txt", content: "no" }), 403);
    for (const [item, each] of [[folder, link], [file, quick]]) await ann.graph.permissions.deletePermission(home.id, item.id, each.id);
    await refused(dav.listFiles(space, {}), 404);
});
await call("a link to a whole space", async () => {
    let whole = await ann.graph.permissions.createLink(project.id, project.id, { type: "view", displayName: "all", password: withPassword });
    has(whole, { resourceId: project.id, type: "view" });
    whole = await ann.graph.permissions.setPermissionPassword(project.id, project.id, whole.id, { password: withPassword + "?" });
    has(await ann.graph.permissions.updatePermission(project.id, project.id, whole.id, { link: { type: "upload" } }, roles), { type: "upload" });
    const [dav, space] = publicly(whole, withPassword + "?");
    assert.ok((await dav.listFiles(space, {})).children.some(({ name }) => name === "from home.jpg"));
    assert.equal((await ann.graph.permissions.listPermissions(project.id, project.id, roles)).shares.length, 2);
    await ann.graph.permissions.deletePermission(project.id, project.id, whole.id);
});

// What the server may not claim yet.

const judged = (claimed, work, ...refusals) => claimed ? work() : Promise.all(refusals.map((promise) => refused(promise())));
const whereThere = (promise, work) => promise.then(work, (error) =>      // no capability tells of these
    assert.ok([404, 405, 501].includes(error.response?.status), `${error.message} ${JSON.stringify(error.response?.data)}`));
await call("webdav.search", () => judged(Object.keys(can.search.property).length, async () => {
    const { resources, totalResults } = await ann.webdav.search("name:*007*", { searchLimit: 10 });
    const [found] = resources.filter(({ id }) => id === file.id);
    assert.ok(library.isSearchResource(found) && totalResults >= 1);
    has(found, { name: "007.jpg", parentFolderId: folder.id });
    texts(found, "highlights");
}, () => ann.webdav.search("name:*007*", { searchLimit: 10 })));
await call("webdav.setFavorite", () => judged(can.files.favorites, async () => {
    await ann.webdav.setFavorite(home, file, true);
    has(await ann.webdav.getFileInfo(home, { path: file.path }), { starred: true });
}, async () => {
    const { status, body: [{ props }] } = await ann.webdav.setFavorite(home, file, true);      // a 207, which does not say so inside
    assert.equal(status, 207);
    assert.equal((await ann.webdav.getFileInfo(home, { path: file.path })).starred, false);
    throw Object.assign(new Error(JSON.stringify(props)), { statusCode: 403 });
}));
await call("webdav.listFavoriteFiles", () => judged(can.files.favorites, async () => {
    const { results } = await ann.webdav.listFavoriteFiles({ username: name });
    assert.deepEqual(results.map(({ props }) => props.fileid), [file.id]);
    await ann.webdav.setFavorite(home, file, false);
    assert.deepEqual((await ann.webdav.listFavoriteFiles({ username: name })).results, []);
}, () => ann.webdav.listFavoriteFiles({ username: name })));
await call("graph.tags.assignTags", () => judged(can.files.tags, async () => {
    await ann.graph.tags.assignTags({ resourceId: file.id, tags: ["sea", "2026"] });
    has(await ann.webdav.getFileInfo(home, { path: file.path }), { tags: ["sea", "2026"] });
}, () => ann.graph.tags.assignTags({ resourceId: file.id, tags: ["sea"] })));
await call("graph.tags.listTags", () => judged(can.files.tags, async () => {
    assert.ok((await ann.graph.tags.listTags()).includes("sea"));
}, () => ann.graph.tags.listTags()));
await call("graph.tags.unassignTags", () => judged(can.files.tags, async () => {
    await ann.graph.tags.unassignTags({ resourceId: file.id, tags: ["sea"] });
    has(await ann.webdav.getFileInfo(home, { path: file.path }), { tags: ["2026"] });
}, () => ann.graph.tags.unassignTags({ resourceId: file.id, tags: ["sea"] })));
await call("graph.activities.listActivities", () => whereThere(ann.graph.activities.listActivities(`itemid:${file.id} AND limit:10`), (activities) => {
    assert.ok(activities.length);
    activities.forEach((each) => { texts(each, "id"); texts(each.template, "message"); assert.match(each.times.recordedTime, ENDING); });
}));
await call("sse", async () => {
    const answers = [], events = [];
    globalThis.document = { addEventListener() {}, removeEventListener() {} };
    globalThis.window = { ...globalThis, setTimeout, clearTimeout, fetch: async (...all) => { answers.push(await fetch(...all)); return answers.at(-1); } };
    const stream = sse(url, { headers: { Authorization: AUTHORIZATION, "X-Request-ID": crypto.randomUUID() } });
    stream.onerror = () => {};
    for (const kind of [MESSAGE_TYPE.FOLDER_CREATED, MESSAGE_TYPE.SHARE_CREATED, MESSAGE_TYPE.NOTIFICATION])
        stream.addEventListener(kind, (event) => events.push({ kind, ...JSON.parse(event.data) }));
    const wait = async (there) => { for (let turn = 0; turn < 400 && !there(); turn += 1) await new Promise((done) => setTimeout(done, 50)); };
    await wait(() => answers.length);
    const [{ status, headers }] = answers;
    if (can.core["support-sse"]) {
        assert.equal(status, 200);
        assert.match(headers.get("Content-Type"), /^text\/event-stream/);
        const made = await ann.webdav.createFolder(home, { path: "/told" });
        await wait(() => events.some(({ itemid }) => itemid === made.id));
        assert.ok(events.some(({ itemid }) => itemid === made.id), JSON.stringify(events));
        const [his] = await bob.graph.drives.listMyDrives({ filter: "driveType eq 'personal'" });
        const given = await bob.webdav.createFolder(his, { path: `/given ${tag}` });
        await bob.graph.permissions.createInvite(his.id, given.id, {
            recipients: [{ objectId: me.id, "@libre.graph.recipient.type": "user" }], roles: [role("Can view", "Folder")] }, roles);
        const told = (wanted, id) => events.some((event) => event.kind === wanted && id(event) === given.id);
        await wait(() => told(MESSAGE_TYPE.NOTIFICATION, (event) => event.object_id));
        assert.ok(told(MESSAGE_TYPE.SHARE_CREATED, (event) => event.itemid) && told(MESSAGE_TYPE.NOTIFICATION, (event) => event.object_id), JSON.stringify(events));
        assert.ok(!events.some(({ itemid, kind }) => itemid === given.id && kind === MESSAGE_TYPE.FOLDER_CREATED), "not before it was given");
    } else assert.ok((status >= 400 && status < 500) || status === 501, `refused with ${status}`);
    stream.close();
});

// The end.

await call("graph.drives.disableDrive", async () => {
    await ann.graph.drives.disableDrive(project.id);
    has((await ann.graph.drives.listAllDrives({ filter: "driveType eq project" })).find(({ id }) => id === project.id), { disabled: true });
    has(await ann.graph.drives.updateDrive(project.id, {}, { headers: { Restore: "true" } }), { disabled: false });
});
await call("graph.drives.deleteDrive", async () => {
    await refused(ann.graph.drives.deleteDrive(project.id), 400);
    await ann.graph.drives.disableDrive(project.id);
    await ann.graph.drives.deleteDrive(project.id);
    assert.ok(!(await ann.graph.drives.listAllDrives()).some(({ id }) => id === project.id));
});
await call("graph.groups.deleteGroup", async () => {
    await ann.graph.groups.deleteGroup(group.id);
    await refused(ann.graph.groups.getGroup(group.id), 404);
});
await call("graph.users.deleteUser", async () => {
    await ann.graph.users.deleteUser(eve.id);
    await refused(ann.graph.users.getUser(eve.id), 404);
});
console.log(JSON.stringify({ left: [...offered].filter((each) => !called.has(each)) }));

// What a script with npm's webdav does. Prints one line of JSON.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createClient } from "webdav";

const { DAV, USERNAME: username, PASSWORD: password } = process.env;
const client = createClient(DAV, { username, password });

await client.createDirectory("/d");
await client.createDirectory("/d/sub");
await client.putFileContents("/d/a b.txt", "content");
const listed = (await client.getDirectoryContents("/d")).map((each) => each.filename).sort();
const text = await client.getFileContents("/d/a b.txt", { format: "text" });
const stat = await client.stat("/d/a b.txt");
const parts = [];
for await (const part of client.createReadStream("/d/a b.txt", { range: { start: 3, end: 6 } })) parts.push(part);
const overwrite = await client.putFileContents("/d/a b.txt", "other", { overwrite: false });
const quota = await client.getQuota();

const lock = await client.lock("/d/a b.txt");
const refused = await client.putFileContents("/d/a b.txt", "intruder").then(() => 200, (error) => error.status);
await client.unlock("/d/a b.txt", lock.token);

const stream = client.createWriteStream("/d/streamed.txt");
const finished = new Promise((done, failed) => { stream.on("error", failed); stream.on("finish", done); });
await pipeline(Readable.from(Array(20).fill("streamed".repeat(1000))), stream);
await finished;
for (let wait = 0; wait < 100; wait += 1) {      // the library does not tell when the server has answered
    if (await client.exists("/d/streamed.txt") && (await client.stat("/d/streamed.txt")).size === 160000) break;
    await new Promise((done) => setTimeout(done, 50));
}
await client.copyFile("/d/a b.txt", "/d/copy.txt");
await client.moveFile("/d/streamed.txt", "/d/sub/moved.txt");
await client.deleteFile("/d/a b.txt");
const exists = [await client.exists("/d/copy.txt"), await client.exists("/d/a b.txt")];
console.log(JSON.stringify({ listed, text, stat: [stat.type, stat.size, stat.mime], part: Buffer.concat(parts).toString(), quota,
    token: lock.token, locked: refused, exists, overwrite }));

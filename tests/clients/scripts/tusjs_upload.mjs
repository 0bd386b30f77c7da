// Upload a file with tus-js-client in chunks, each after a line on stdin. Prints the offset before each, and at last "done".
import fs from "node:fs";
import readline from "node:readline";
import { FileUrlStorage, Upload } from "tus-js-client";

const [path, name, state] = process.argv.slice(2);
const { DAV: endpoint, USERNAME, PASSWORD } = process.env;
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const upload = new Upload(fs.createReadStream(path), {
    endpoint,
    chunkSize: 8 << 20,
    headers: { Authorization: "Basic " + Buffer.from(`${USERNAME}:${PASSWORD}`).toString("base64") },
    metadata: { filename: name, mtime: "1600000000" },
    retryDelays: Array(200).fill(200),
    urlStorage: new FileUrlStorage(state),
    async onBeforeRequest(request) {
        if (request.getMethod() !== "PATCH") return;
        console.log(request.getHeader("Upload-Offset"));
        await lines.next();
    },
    onError(error) { console.error(error); process.exit(1); },
    onSuccess() { console.log("done"); process.exit(0); },
});
const [previous] = await upload.findPreviousUploads();
if (previous) upload.resumeFromPreviousUpload(previous);
upload.start();

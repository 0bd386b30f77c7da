// Puts files into what a link leads to, in resumable parts (tus 1.0.0). Words come from the page, names go into text alone.
const PART = 8 << 20, TRIES = 5
const uploads = document.getElementById("uploads")
const tray = document.getElementById("tray")
const words = uploads.dataset
const waiting = []
let busy = false

/** @param {Iterable<File>} files */
function add(files) {
  for (const file of files) {
    const row = document.createElement("li"), name = document.createElement("bdi"), note = document.createElement("small"), bar = document.createElement("progress")
    name.textContent = file.name.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd")    // as in http/html.py
    note.textContent = words.waiting
    bar.max = file.size || 1
    bar.value = 0
    bar.setAttribute("aria-label", file.name)
    row.append(name, note, bar)
    tray.append(row)
    waiting.push({ file, row, note, bar })
  }
  next()
}

async function next() {
  if (busy) return
  busy = true
  for (let one; (one = waiting.shift());) {
    try {
      await send(one)
      one.note.textContent = words.done
      one.bar.remove()
    } catch (error) {
      one.note.textContent = words[error.message] || words.failed
      one.bar.remove()
      offer(one)
    }
  }
  busy = false
}

function offer(one) {
  const again = document.createElement("button")
  again.type = "button"
  again.className = "quiet"
  again.textContent = words.again
  again.setAttribute("aria-label", `${words.again}: ${one.file.name}`)
  again.addEventListener("click", () => { one.row.remove(); add([one.file]) })
  one.row.append(again)
}

/** Sends a file; a part that breaks off is taken up where the server has got to. */
async function send({ file, bar }) {
  const name = btoa(String.fromCharCode(...new TextEncoder().encode(file.name)))
  const made = await ask("POST", words.folder, { "Upload-Length": String(file.size), "Upload-Metadata": `filename ${name},mtime ${btoa(String(Math.floor(file.lastModified / 1000)))}` })
  const address = made.headers.get("Location")
  if (!address) return
  const place = new URL(address, location.href).pathname
  let offset = 0, failures = 0
  while (offset < file.size) {
    try {
      const answer = await ask("PATCH", place, { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" }, file.slice(offset, offset + PART))
      offset = Number(answer.headers.get("Upload-Offset") || file.size)
      failures = 0
    } catch (error) {
      if (error.message !== "failed" || ++failures > TRIES) throw error
      await new Promise(resolve => setTimeout(resolve, 1000 * 2 ** failures))
      offset = Number((await ask("HEAD", place, {}).catch(() => null))?.headers.get("Upload-Offset") ?? offset)
    }
    bar.value = offset
  }
}

async function ask(method, address, headers, body) {
  const answer = await fetch(address, { method, body, headers: { "Tus-Resumable": "1.0.0", "X-Requested-With": "XMLHttpRequest", ...headers } }).catch(() => { throw new Error("failed") })
  if (answer.ok) return answer
  throw new Error(answer.status === 507 ? "full" : answer.status >= 500 || answer.status === 423 || answer.status === 409 && method === "PATCH" ? "failed" : "refused")
}

const chosen = document.getElementById("files"), field = chosen.closest(".drop")
chosen.addEventListener("change", () => { add(chosen.files); chosen.value = "" })
for (const kind of ["dragenter", "dragover"]) field.addEventListener(kind, event => { event.preventDefault(); field.classList.add("over") })
for (const kind of ["dragleave", "drop"]) field.addEventListener(kind, event => { event.preventDefault(); field.classList.remove("over") })
field.addEventListener("drop", event => add(event.dataTransfer.files))
addEventListener("beforeunload", event => { if (busy) event.preventDefault() })

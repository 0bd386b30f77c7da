// What somebody drops from outside: files, and folders with all beneath them.

/**
 * @param {any[]} entries  what the browser lets read as files and folders @param {File[]} plain  where it does not
 * @returns {Promise<{files: {file: File, path: string}[], folders: string[]}>}
 */
export async function dropped(entries, plain) {
  /** @type {{file: File, path: string}[]} */
  const files = []
  /** @type {string[]} */
  const folders = []
  if (!entries.length) return { files: plain.map(file => ({ file, path: "" })), folders }
  for (const entry of entries) await walk(entry, "", files, folders)
  return { files, folders }
}

async function walk(/** @type {any} */ entry, /** @type {string} */ path, /** @type {{file: File, path: string}[]} */ files, /** @type {string[]} */ folders) {
  if (entry.isFile) return files.push({ file: await new Promise((resolve, reject) => entry.file(resolve, reject)), path })
  const here = path ? `${path}/${entry.name}` : entry.name, reader = entry.createReader()
  folders.push(here)
  for (;;) {                                        // a hundred at a time
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
    if (!some.length) return null
    for (const each of some) await walk(each, here, files, folders)
  }
}

// What a script can add to the pages, which work without: a button to print, one to copy, and to look again at what goes on only where the box answers.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false
  button.addEventListener("click", () => print())
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard                // not over plain http
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy)
    button.textContent = button.dataset.copied
  })
}
for (const { dataset } of document.querySelectorAll("[data-again]"))
  setInterval(() => fetch(dataset.at, { method: "HEAD" }).then(answer => answer.status < 500 && answer.status !== 429 && location.replace(answer.ok ? dataset.at : "/"), () => {}), dataset.again * 1000)
// Whoever signs in wants the web client next: its worker makes it start without a network. The client itself may not start one (Trusted Types).
navigator.serviceWorker?.register("/sw.js").catch(error => console.info(error.message))

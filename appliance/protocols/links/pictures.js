// Where a picture cannot be drawn, an icon stands in its place.
const none = document.getElementById("no-picture")

/** @param {HTMLImageElement} picture */
function stand(picture) {
  picture.replaceWith(none.content.cloneNode(true))
}

for (const picture of document.querySelectorAll(".gallery img, .shown img")) {
  if (picture.complete && !picture.naturalWidth) stand(picture)
  else picture.addEventListener("error", () => stand(picture))
}

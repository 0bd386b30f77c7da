// Lets the browser ask for a passkey, and sends what it says with the form. WebAuthn has no other way than a script.
const form = document.getElementById("passkey");

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** The options with bytes where the browser wants them. */
function read(options) {
  const descriptors = (list) => (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));
  const read = { ...options, challenge: bytes(options.challenge) };
  if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = descriptors(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = descriptors(options.allowCredentials);
  return read;
}

/** What the browser gave, as JSON that the server reads. */
function write(credential) {
  const { response } = credential;
  const said = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) said[name] = text(response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, clientExtensionResults: {}, response: said });
}

async function ask(event) {
  event?.preventDefault();
  const failed = document.getElementById("failed");
  failed.hidden = true;
  try {
    const publicKey = read(JSON.parse(form.dataset.options));
    const credential = await navigator.credentials[form.dataset.kind]({ publicKey });
    form.elements.answer.value = write(credential);
    form.removeEventListener("submit", ask);
    form.submit();
  } catch (error) {
    console.warn(error);
    failed.hidden = false;
  }
}

form.addEventListener("submit", ask);
ask();

// Small words for building the page. Text always goes in as text nodes: nothing a customer or an agent writes becomes markup.

/** An element with properties, `data-`/`aria-`/`role` attributes, listeners (`onclick`), and children; empty children are left out. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes("-")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** "Tomás Ferreira" becomes "tomas-ferreira". */
export function slug(text) {
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
}

/** A round picture of initials, coloured by the id. */
export function avatar(customer) {
  const initials = customer.name.split(/[\s-]+/).map((word) => [...word][0] ?? "");
  const text = (initials.length > 1 ? initials[0] + initials.at(-1) : initials[0]).toUpperCase();
  let hue = 0;
  for (const character of customer.id) hue = (hue * 31 + character.codePointAt(0)) % 360;
  const element = el("span", { className: "avatar", "aria-hidden": "true" }, text);
  element.style.setProperty("--hue", hue);
  return element;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** A `<time>` for Unix milliseconds. */
export function time(ms, seconds = false) {
  const date = new Date(ms);
  return el("time", { dateTime: date.toISOString() }, (seconds ? clockWithSeconds : clock).format(date));
}

let toastTimer;

/** Says what went wrong, for a while. */
export function complain(text) {
  const toast = document.getElementById("toast");
  toast.textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    toast.textContent = "";
  }, 6000);
}

/** A call of the control API, with JSON or with a file; an error is shown and thrown. */
export async function call(method, path, body) {
  let answer;
  try {
    const response = await fetch(`/_sim/${path}`, {
      method,
      headers: body === undefined || body instanceof Blob ? {} : { "content-type": "application/json" },
      body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
    });
    answer = await response.json();
    if (response.ok) return answer;
  } catch {
    answer = { error: "The simulator does not answer." };
  }
  complain(answer.error);
  throw new Error(answer.error);
}

// The mailbox: a list, newest first, and the mail that is open. The address of an open mail is /mail#ID.

import { call, el, time } from "./dom.js";

const SHOWN = 200;
const byId = (id) => document.getElementById(id);
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** Newest first. */
let mails = [];

const opened = () => Number(location.hash.slice(1)) || null;

async function load() {
  mails = (await call("GET", `mails?limit=${SHOWN}`)).data;
  show();
}

function show() {
  const focused = document.activeElement?.dataset?.id;
  byId("clear").disabled = mails.length === 0;
  byId("mails").replaceChildren(...mails.map(item));
  if (focused) document.querySelector(`#mails [data-id="${focused}"]`)?.focus();
  read();
}

function item(mail) {
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        className: "item",
        "data-testid": "mail-item",
        "data-id": String(mail.id),
        "aria-current": String(mail.id === opened()),
        onclick: () => {
          location.hash = mail.id;
        },
      },
      el("span", { className: "item-top" }, el("span", { className: "item-to" }, mail.to.join(", ")), time(mail.at)),
      el("span", { className: "item-subject" }, mail.subject || "(no subject)"),
    ),
  );
}

function read() {
  const mail = mails.find((one) => one.id === opened());
  for (const button of document.querySelectorAll("#mails .item")) {
    button.setAttribute("aria-current", String(Number(button.dataset.id) === mail?.id));
  }
  if (!mail) {
    const words =
      mails.length === 0
        ? "No mail yet. As soon as MAX sends one, an invitation or a forgotten password, it appears here."
        : "Choose a mail to read it.";
    byId("reader").replaceChildren(el("p", { className: "empty", "data-testid": "mail-empty" }, words));
    return;
  }
  byId("reader").replaceChildren(
    el("h2", { "data-testid": "mail-subject" }, mail.subject || "(no subject)"),
    el(
      "dl",
      {},
      el("dt", {}, "From"),
      el("dd", { "data-testid": "mail-from" }, mail.from),
      el("dt", {}, "To"),
      el("dd", { "data-testid": "mail-to" }, mail.to.join(", ")),
      el("dt", {}, "Caught"),
      el("dd", {}, day.format(new Date(mail.at))),
    ),
    el("div", { className: "body", "data-testid": "mail-text" }, ...linked(mail.text)),
  );
}

/** The text in pieces, in which only what is a web address can be clicked. */
function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]])/).map((piece, index) => {
    if (index % 2 === 0 || !URL.canParse(piece)) return piece;
    return el("a", { href: piece, target: "_blank", rel: "noopener noreferrer", "data-testid": "mail-link" }, piece);
  });
}

addEventListener("hashchange", read);

byId("clear").addEventListener("click", () => call("DELETE", "mails").catch(() => {}));

const feed = new EventSource("/_sim/events");
feed.addEventListener("open", () => {
  byId("connection").textContent = "";
  load().catch(() => {});
});
feed.addEventListener("error", () => {
  byId("connection").textContent = "The simulator is not there. Trying again…";
});
feed.addEventListener("message", (message) => {
  const event = JSON.parse(message.data);
  if (event.type === "mail") {
    mails = [event.mail, ...mails].slice(0, SHOWN);
    show();
  } else if (event.type === "mails_cleared" || event.type === "reset") {
    load().catch(() => {});
  }
});

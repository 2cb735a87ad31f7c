// The page: which customers there are, which phones are open, and the live feed that keeps them right.

import { summary } from "./bubbles.js";
import { avatar, call, complain, el, slug } from "./dom.js";
import { troublePanel, webhookLog } from "./faults.js";
import { openPhone } from "./handset.js";

const byId = (id) => document.getElementById(id);
const trouble = troublePanel(byId("trouble"));
const log = webhookLog(byId("log"));

let customers = [];
let numbers = [];
let samples = [];
/** The chosen phone number id, or null while there is none. */
let number = null;
/** Ids of the customers whose phones are open, leftmost first. */
let open = [];
/** Open phones by customer id. */
const phones = new Map();
/** The last line and the unread count of each customer, by id. */
const previews = new Map();

const preview = (id) => {
  if (!previews.has(id)) previews.set(id, { line: "", unread: 0 });
  return previews.get(id);
};

/** Loads everything afresh: at the start, after a reset, and whenever the feed was interrupted. */
async function load() {
  const state = await call("GET", "state");
  ({ customers, numbers, samples } = state);
  trouble.showFaults(state.faults);
  trouble.showSettings(state.settings);
  log.showAll(state.webhooks);
  previews.clear();
  if (!numbers.some((one) => one.phone_number_id === number)) number = numbers[0]?.phone_number_id ?? null;
  const known = (id) => customers.some((customer) => customer.id === id);
  const wanted = decodeURIComponent(location.hash.slice(1)).split(",");
  open = (
    open.length > 0
      ? open
      : customers.filter((one) => wanted.includes(one.id) || wanted.includes(slug(one.name))).map((one) => one.id)
  ).filter(known);
  if (open.length === 0) open = customers.slice(0, 1).map((customer) => customer.id);
  showNumbers();
  showPhones(true);
}

function showNumbers() {
  const select = byId("number");
  select.replaceChildren(
    ...numbers.map((one) => el("option", { value: one.phone_number_id }, `${one.name} · ${one.display_phone_number}`)),
  );
  select.disabled = numbers.length === 0;
  if (numbers.length === 0) select.append(el("option", {}, "no number yet"));
  else select.value = number;
}

function showCustomers() {
  const focused = document.activeElement?.dataset?.testid;
  byId("customers").replaceChildren(
    ...customers.map((customer) => {
      const { line, unread } = preview(customer.id);
      const pressed = open.includes(customer.id);
      return el(
        "li",
        {},
        el(
          "button",
          {
            type: "button",
            className: "customer",
            "aria-pressed": String(pressed),
            "data-testid": `phone-customer-${slug(customer.name)}`,
            onclick: () => choose([customer.id]),
          },
          avatar(customer),
          el(
            "span",
            { className: "customer-text" },
            el("span", { className: "customer-name" }, customer.name),
            el("span", { className: "customer-line" }, line || who(customer)),
          ),
          unread > 0 ? el("span", { className: "badge", "aria-label": `${unread} new` }, String(unread)) : null,
        ),
        pressed && open.length > 1
          ? el(
              "button",
              {
                type: "button",
                className: "beside",
                title: "Close this phone",
                "aria-label": `Close ${customer.name}’s phone`,
                onclick: () => close(customer.id),
              },
              "×",
            )
          : null,
        pressed
          ? null
          : el(
              "button",
              {
                type: "button",
                className: "beside",
                title: "Open beside the others",
                "aria-label": `Open ${customer.name} beside the others`,
                onclick: () => choose([...open, customer.id]),
              },
              "+",
            ),
      );
    }),
  );
  if (focused) document.querySelector(`#customers [data-testid="${CSS.escape(focused)}"]`)?.focus();
}

const who = (customer) =>
  customer.wa_id ? `+${customer.wa_id}` : customer.username ? `@${customer.username}` : customer.user_id;

function choose(ids) {
  open = ids;
  showPhones(false);
  phones.get(ids.at(-1))?.focus();
}

function close(id) {
  choose(open.filter((other) => other !== id));
}

/** Opens and closes phones so that they match `open`; with `afresh` all of them are built anew. */
function showPhones(afresh) {
  const drafts = new Map([...phones].map(([id, phone]) => [id, phone.draft()]));
  const names = open.map((id) => slug(customers.find((customer) => customer.id === id).name));
  history.replaceState(null, "", `#${names.join(",")}`);
  for (const [id, phone] of phones) {
    if (afresh || !open.includes(id)) {
      phone.element.remove();
      phones.delete(id);
    }
  }
  const stage = byId("stage");
  if (number === null) {
    stage.replaceChildren(
      el(
        "p",
        { className: "empty" },
        "There is no business to write to yet. As soon as a WhatsApp channel is set up with this simulator, its number appears here.",
      ),
    );
  } else {
    for (const id of open) {
      if (!phones.has(id)) {
        const customer = customers.find((one) => one.id === id);
        phones.set(id, openPhone({ customer, number, samples, who, seen, draft: drafts.get(id) ?? "" }));
      }
    }
    stage.replaceChildren(...open.map((id) => phones.get(id).element));
    for (const id of open) phones.get(id).settle();
  }
  for (const id of open) preview(id).unread = 0;
  showCustomers();
}

let meeting = false;

/** Somebody was written to who was not there before: the list of customers has grown. */
async function meet() {
  if (meeting) return;
  meeting = true;
  const list = await call("GET", "customers").catch(() => null);
  meeting = false;
  if (!list) return;
  customers = list.data;
  showCustomers();
}

/** A phone has shown this bubble: the list of customers shows it too. */
function seen(id, bubble) {
  preview(id).line = summary(bubble);
  showCustomers();
}

function happened(event) {
  switch (event.type) {
    case "message": {
      if (event.phone_number_id !== number) return;
      if (!customers.some((customer) => customer.id === event.customer)) meet();
      const phone = phones.get(event.customer);
      if (phone) phone.show(event.message);
      else if (event.message.from === "business") {
        const entry = preview(event.customer);
        entry.line = summary(event.message);
        entry.unread += 1;
        showCustomers();
      }
      return;
    }
    case "typing":
      if (event.phone_number_id === number) phones.get(event.customer)?.typing(event.on);
      return;
    case "webhook":
      return log.show(event.entry);
    case "faults":
      return trouble.showFaults(event.faults);
    case "settings":
      return trouble.showSettings(event.settings);
    case "customer": {
      const index = customers.findIndex((customer) => customer.id === event.customer.id);
      if (index < 0) customers.push(event.customer);
      else customers[index] = event.customer;
      return showCustomers();
    }
    case "clock":
    case "mail":
    case "mails_cleared":
      return;
    default:
      load().catch(() => {});
  }
}

byId("number").addEventListener("change", (event) => {
  number = event.target.value;
  previews.clear();
  showPhones(true);
});

byId("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const name = form.elements.name.value.trim();
  if (!name) {
    complain("Give the customer a name.");
    form.elements.name.focus();
    return;
  }
  const digits = () => String(crypto.getRandomValues(new Uint32Array(1))[0]).padStart(10, "7");
  const nameless = form.elements.nameless.checked;
  const added = await call(
    "POST",
    "customers",
    nameless ? { name, username: slug(name), user_id: `GB.7${digits()}${digits()}` } : { name },
  ).catch(() => null);
  if (!added) return;
  form.reset();
  if (!customers.some((customer) => customer.id === added.id)) customers.push(added);
  choose([added.id]);
});

const sideToggle = byId("side-toggle");
function showSide(shown) {
  document.body.classList.toggle("side-closed", !shown);
  sideToggle.setAttribute("aria-expanded", String(shown));
}
sideToggle.addEventListener("click", () => showSide(document.body.classList.contains("side-closed")));
const wide = matchMedia("(min-width: 1101px)");
wide.addEventListener("change", () => showSide(wide.matches));
showSide(wide.matches);

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") for (const phone of phones.values()) phone.look();
});

const feed = new EventSource("/_sim/events");
feed.addEventListener("open", () => {
  byId("connection").textContent = "";
  load().catch(() => {});
});
feed.addEventListener("error", () => {
  byId("connection").textContent = "The simulator is not there. Trying again…";
});
feed.addEventListener("message", (event) => happened(JSON.parse(event.data)));

// One phone: its chat and its keyboard.

import { bubbleElement, summary } from "./bubbles.js";
import { avatar, call, complain, el, slug } from "./dom.js";

const SAMPLE_LABELS = {
  image: "Picture",
  voice: "Voice message",
  audio: "Audio file",
  video: "Video",
  document: "Document",
  sticker: "Sticker",
  location: "Location",
  contact: "Contact",
  reaction: "Reaction",
  reaction_removed: "Take the reaction back",
  forwarded: "Forwarded often",
  right_to_left: "Right to left",
  late: "Three days late",
  button_reply: "Button reply",
  list_reply: "List reply",
  template_button: "Template button",
  form: "Filled form",
  order: "Order",
  advert: "From an advert",
  edit: "Edit the last one",
  revoke: "Delete the last one",
  unsupported: "Unsupported",
  number_change: "New phone number",
  id_change: "New user id",
};

/** How long a typing sign stays without news, in milliseconds: as long as the provider shows it. */
const TYPING = 25_000;

/**
 * Builds the phone of a customer and loads its chat. The answer has the element and: `show` a new or changed bubble, `typing`,
 * `look` (the customer looks at the screen), `focus`, `draft` (what is typed and not sent), and `settle` (scroll to the end once it
 * is on the page).
 */
export function openPhone({ customer, number, samples, who, seen, draft }) {
  const path = `customers/${encodeURIComponent(customer.id)}`;
  const bubbles = new Map();
  const elements = new Map();
  let replyTo = null;
  let typingTimer;

  const hint = el("p", { className: "hint" }, "Nothing here yet. Say hello.");
  const typingSign = el("div", { className: "typing" }, "typing…");
  const messages = el(
    "div",
    {
      className: "messages",
      role: "log",
      tabIndex: 0,
      "aria-label": `Chat of ${customer.name}`,
      "data-testid": "phone-messages",
    },
    hint,
  );
  const replyText = el("span");
  const replyBar = el(
    "div",
    { className: "reply-bar", hidden: true },
    replyText,
    el(
      "button",
      { type: "button", className: "icon", "aria-label": "Do not reply to it", onclick: () => setReply(null) },
      "×",
    ),
  );
  const files = el("input", {
    type: "file",
    multiple: true,
    hidden: true,
    "data-testid": "phone-files",
    onchange: () => {
      sendFiles([...files.files]);
      files.value = "";
    },
  });
  const sampleBar = el(
    "div",
    { className: "samples", hidden: true, id: `samples-${slug(customer.id)}` },
    files,
    el("button", { type: "button", "data-testid": "phone-file", onclick: () => files.click() }, "A file of yours"),
    samples.map((name) =>
      el(
        "button",
        { type: "button", "data-testid": `phone-sample-${name}`, onclick: () => send({ sample: name }) },
        SAMPLE_LABELS[name] ?? name,
      ),
    ),
  );
  const plus = el(
    "button",
    {
      type: "button",
      className: "icon",
      title: "Send something else",
      "aria-label": "Send something else",
      "aria-expanded": "false",
      "aria-controls": sampleBar.id,
      "data-testid": "phone-samples",
      onclick: () => {
        sampleBar.hidden = !sampleBar.hidden;
        plus.setAttribute("aria-expanded", String(!sampleBar.hidden));
      },
    },
    "+",
  );
  const input = el("textarea", {
    rows: 1,
    value: draft,
    maxLength: 65_536,
    placeholder: "Message",
    "aria-label": `Message from ${customer.name}`,
    "data-testid": "phone-input",
    onkeydown: (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        submit();
      } else if (event.key === "Escape") setReply(null);
    },
    onpaste: (event) => {
      if (event.clipboardData.files.length === 0) return;
      event.preventDefault();
      sendFiles([...event.clipboardData.files]);
    },
  });
  const form = el(
    "form",
    {
      className: "composer",
      onsubmit: (event) => {
        event.preventDefault();
        submit();
      },
    },
    plus,
    input,
    el("button", { type: "submit", className: "send", "data-testid": "phone-send" }, "Send"),
  );
  const element = el(
    "article",
    {
      className: "phone",
      "aria-label": `Phone of ${customer.name}`,
      "data-testid": `phone-${slug(customer.name)}`,
      "data-customer": customer.id,
      ondragover: (event) => event.preventDefault(),
      ondrop: (event) => {
        event.preventDefault();
        sendFiles([...event.dataTransfer.files]);
      },
    },
    el(
      "header",
      { className: "phone-head" },
      avatar(customer),
      el("div", {}, el("h2", {}, customer.name), el("p", {}, who(customer))),
    ),
    messages,
    replyBar,
    sampleBar,
    form,
  );

  // Pictures load late and the keyboard area grows: whoever was at the end stays there.
  let atEnd = true;
  messages.addEventListener("scroll", () => {
    atEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80;
  });
  const stay = () => {
    if (atEnd) settle();
  };
  messages.addEventListener("load", stay, true);
  messages.addEventListener("loadedmetadata", stay, true);
  new ResizeObserver(stay).observe(messages);

  /** Sends and puts the text back if that fails, so that nothing typed is lost. */
  async function send(order) {
    const quoted = replyTo;
    setReply(null);
    try {
      await call("POST", `${path}/send`, {
        phone_number_id: number,
        ...(quoted && !order.sample ? { reply_to: quoted } : {}),
        ...order,
      });
    } catch {
      if (order.text) input.value = order.text;
      if (quoted) setReply(quoted);
    }
  }

  /** Sends files of the person at the page; what is typed becomes the caption of the first. */
  async function sendFiles(chosen) {
    const reply = replyTo;
    const caption = input.value.trim();
    setReply(null);
    input.value = "";
    for (const [index, file] of chosen.entries()) {
      const query = new URLSearchParams({
        phone_number_id: number,
        filename: file.name,
        ...(index === 0 && caption ? { caption } : {}),
        ...(index === 0 && reply ? { reply_to: reply } : {}),
      });
      await call("POST", `${path}/file?${query}`, file).catch(() => {});
    }
  }

  function submit() {
    const text = input.value.trim();
    if (!text) return input.focus();
    input.value = "";
    send({ text });
  }

  function setReply(wamid) {
    replyTo = wamid;
    replyBar.hidden = wamid === null;
    if (wamid === null) return;
    replyText.textContent = `Reply to: ${summary(bubbles.get(wamid))}`;
    input.focus();
  }

  function actions(bubble) {
    return {
      reply: () => setReply(bubble.wamid),
      react: (emoji) => {
        const already = bubble.reactions.customer === emoji;
        send({ message: { type: "reaction", reaction: { message_id: bubble.wamid, emoji: already ? "" : emoji } } });
      },
      remove: () => send({ message: { type: "revoke", revoke: { original_message_id: bubble.wamid } } }),
      tap: (message) => send({ message: { ...message, context: { id: bubble.wamid } } }),
      jump: () => {
        const target = elements.get(bubble.reply_to);
        if (target) target.scrollIntoView({ block: "center" });
        else complain("The quoted message is not on this phone.");
      },
    };
  }

  function put(bubble) {
    const before = bubbles.get(bubble.wamid);
    // Building a bubble anew would stop a voice message that is playing.
    if (before && JSON.stringify(before) === JSON.stringify(bubble)) return;
    bubbles.set(bubble.wamid, bubble);
    const fresh = bubbleElement(bubble, bubbles.get(bubble.reply_to), actions(bubble));
    const old = elements.get(bubble.wamid);
    elements.set(bubble.wamid, fresh);
    if (old) {
      const focused = old.contains(document.activeElement);
      old.replaceWith(fresh);
      if (focused) fresh.focus({ preventScroll: true });
    } else if (typingSign.isConnected) typingSign.before(fresh);
    else messages.append(fresh);
    hint.remove();
    if (atEnd || (!old && bubble.from === "customer")) settle();
  }

  function settle() {
    messages.scrollTop = messages.scrollHeight;
  }

  function look() {
    const unread = [...bubbles.values()].some((bubble) => bubble.from === "business" && bubble.state === "delivered");
    if (unread && document.visibilityState === "visible")
      call("POST", `${path}/read`, { phone_number_id: number }).catch(() => {});
  }

  function typing(on) {
    clearTimeout(typingTimer);
    typingSign.remove();
    if (!on) return;
    messages.append(typingSign);
    settle();
    typingTimer = setTimeout(() => typingSign.remove(), TYPING);
  }

  const query = new URLSearchParams({ customer: customer.id, phone_number_id: number });
  call("GET", `chats?${query}`)
    .then(({ data }) => {
      // What the feed brought meanwhile is newer than the list.
      const live = [...bubbles.values()];
      for (const old of elements.values()) old.remove();
      elements.clear();
      bubbles.clear();
      for (const bubble of [...data, ...live]) put(bubble);
      if (bubbles.size > 0) seen(customer.id, [...bubbles.values()].at(-1));
      settle();
      look();
    })
    .catch(() => {});

  return {
    element,
    show: (bubble) => {
      const isNew = !bubbles.has(bubble.wamid);
      put(bubble);
      if (isNew) seen(customer.id, bubble);
      look();
    },
    typing,
    look,
    settle,
    focus: () => input.focus(),
    draft: () => input.value,
  };
}

// What a message looks like on the phone.

import { el, time } from "./dom.js";

/** One line that stands for a message: in quotes, in the list of customers, for screen readers. */
export function summary(bubble) {
  if (bubble.revoked) return "Deleted message";
  const { type } = bubble.message;
  const content = bubble.message[type] ?? {};
  switch (type) {
    case "text":
      return content.body ?? "";
    case "image":
    case "video":
      return content.caption || (type === "image" ? "Picture" : "Video");
    case "audio":
      return content.voice ? "Voice message" : "Audio";
    case "document":
      return content.filename || "Document";
    case "sticker":
      return "Sticker";
    case "location":
      return content.name || "Location";
    case "contacts":
      return content[0]?.name?.formatted_name ?? "Contact";
    case "interactive":
      return (
        content.body?.text ?? (content.button_reply ?? content.list_reply)?.title ?? content.nfm_reply?.body ?? "Choice"
      );
    case "button":
      return content.text ?? "Choice";
    case "template":
      return bubble.message.filled?.body ?? `Template ${content.name}`;
    case "order":
      return "Order";
    case "system":
      return content.body ?? "Your id has changed";
    default:
      return `Message (${type})`;
  }
}

/** Bold, italics, struck out and monospaced as the messenger shows them, and addresses as links. */
function formatted(text) {
  const pattern =
    /```([\s\S]+?)```|\*(\S(?:[^*\n]*\S)?)\*|\b_(\S(?:[^_\n]*\S)?)_\b|~(\S(?:[^~\n]*\S)?)~|(https?:\/\/[^\s<>"]+)/g;
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    parts.push(text.slice(end, match.index));
    const [, mono, bold, italic, struck, link] = match;
    if (mono) parts.push(el("code", {}, mono));
    else if (bold) parts.push(el("strong", {}, formatted(bold)));
    else if (italic) parts.push(el("em", {}, formatted(italic)));
    else if (struck) parts.push(el("s", {}, formatted(struck)));
    else parts.push(el("a", { href: link, target: "_blank", rel: "noreferrer" }, link));
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

const paragraph = (text) => (text ? el("p", {}, formatted(text)) : null);
const card = (title, ...lines) =>
  el(
    "div",
    { className: "card" },
    el("strong", {}, title),
    lines.filter(Boolean).map((line) => el("small", {}, line)),
  );
/** An address one may follow: a link of the business never runs anything on this page. */
const followed = (href) => (/^(https?:|tel:)/i.test(href) ? href : undefined);
const source = (media) => media.link ?? `/_sim/media/${encodeURIComponent(media.id ?? "")}`;

function media(kind, content) {
  const src = source(content);
  if (kind === "image" || kind === "sticker")
    return el("img", { src, alt: content.caption || (kind === "image" ? "Picture" : "Sticker") });
  if (kind === "video") return el("video", { src, controls: true });
  if (kind === "audio") return el("audio", { src, controls: true });
  return el(
    "a",
    { className: "card", href: src, target: "_blank", rel: "noreferrer" },
    el("strong", {}, content.filename || "Document"),
    el("small", {}, "Open"),
  );
}

function header(content) {
  const head = content.header;
  if (!head) return null;
  return head.type === "text" ? el("strong", {}, head.text) : media(head.type, head[head.type] ?? {});
}

/** Buttons, lists and links of the business; taps answer as the customer's phone would. */
function interactive(content, tap) {
  if (content.nfm_reply) return card(content.nfm_reply.body ?? "Form", content.nfm_reply.response_json);
  const reply = content.button_reply ?? content.list_reply;
  if (reply)
    return [paragraph(reply.title), reply.description ? el("small", { className: "footer" }, reply.description) : null];
  const choices = el("div", { className: "choices" });
  const action = content.action ?? {};
  for (const { reply: button } of action.buttons ?? []) {
    const answer = { type: "button_reply", button_reply: { id: button.id, title: button.title } };
    choices.append(
      el("button", { type: "button", onclick: () => tap({ type: "interactive", interactive: answer }) }, button.title),
    );
  }
  const list = action.sections ? el("details", {}, el("summary", {}, action.button ?? "Choose")) : null;
  if (list) choices.append(list);
  for (const section of action.sections ?? []) {
    if (section.title) list.append(el("small", {}, section.title));
    for (const row of section.rows ?? []) {
      const answer = { type: "list_reply", list_reply: { id: row.id, title: row.title, description: row.description } };
      if (!row.description) delete answer.list_reply.description;
      list.append(
        el(
          "button",
          { type: "button", onclick: () => tap({ type: "interactive", interactive: answer }) },
          row.title,
          row.description ? el("small", {}, row.description) : null,
        ),
      );
    }
  }
  const link = action.parameters?.url;
  if (link)
    choices.append(el("a", { href: followed(link), target: "_blank", rel: "noreferrer" }, action.parameters.display_text));
  const footer = content.footer ? el("p", { className: "footer" }, content.footer.text) : null;
  return [header(content), paragraph(content.body?.text), footer, choices.childElementCount > 0 ? choices : null];
}

/** A template as the customer reads it. Quick replies answer; the name stands there for whoever tries things out. */
function template(content, filled, tap) {
  if (!filled) return unknownTemplate(content);
  const head = filled.header;
  const choices = (filled.buttons ?? []).map((button) => {
    if (button.type === "QUICK_REPLY") {
      const answer = { type: "button", button: { payload: button.payload ?? button.text, text: button.text } };
      return el("button", { type: "button", onclick: () => tap(answer) }, button.text);
    }
    const href = followed(button.url ?? `tel:${button.phone_number ?? ""}`);
    return href && href !== "tel:"
      ? el("a", { href, target: "_blank", rel: "noreferrer" }, button.text)
      : el("small", {}, button.text ?? button.type);
  });
  return [
    typeof head === "string" ? el("strong", {}, head) : head ? media(head.type, head[head.type] ?? {}) : null,
    paragraph(filled.body),
    filled.footer ? el("p", { className: "footer" }, filled.footer) : null,
    el("p", { className: "footer" }, `Template ${content.name}, ${content.language?.code}`),
    choices.length > 0 ? el("div", { className: "choices" }, choices) : null,
  ];
}

function unknownTemplate(content) {
  const values = (content.components ?? [])
    .filter((component) => component.type.toLowerCase() === "body")
    .flatMap((component) => component.parameters ?? [])
    .map((parameter) => parameter.text ?? parameter[parameter.type]?.fallback_value ?? "…");
  return card(`Template ${content.name}`, content.language?.code, values.join(", "));
}

function inside(bubble, tap) {
  if (bubble.revoked)
    return el(
      "p",
      { className: "note" },
      bubble.from === "customer" ? "You deleted this message" : "This message was deleted",
    );
  const { type, referral } = bubble.message;
  const content = bubble.message[type] ?? {};
  switch (type) {
    case "text":
      return [
        referral ? card(referral.headline ?? "Advert", referral.body, "from an advert") : null,
        paragraph(content.body ?? ""),
      ];
    case "image":
    case "video":
    case "audio":
    case "document":
    case "sticker":
      return [media(type, content), paragraph(content.caption)];
    case "location":
      return card(content.name || "Location", content.address, `${content.latitude}, ${content.longitude}`);
    case "contacts":
      return content.map?.((person) =>
        card(person.name?.formatted_name ?? "Contact", ...(person.phones ?? []).map((phone) => phone.phone)),
      );
    case "interactive":
      return interactive(content, tap);
    case "button":
      return paragraph(content.text ?? "");
    case "template":
      return template(content, bubble.message.filled, tap);
    case "order":
      return card(
        "Order",
        ...(content.product_items ?? []).map(
          (item) => `${item.quantity} × ${item.product_retailer_id}, ${item.item_price} ${item.currency}`,
        ),
        content.text,
      );
    case "system":
      return el("p", { className: "note" }, content.body ?? "Your id has changed");
    default:
      return el("p", { className: "note" }, `A message of type “${type}”, which the business may not be able to show`);
  }
}

const TICKS = { sent: ["✓", "Sent"], acked: ["✓✓", "With the business"], read: ["✓✓", "Read"] };

function meta(bubble) {
  const line = el("span", { className: "meta" }, bubble.edited ? "edited" : null, time(bubble.at));
  const ticks = bubble.from === "customer" ? TICKS[bubble.state] : undefined;
  if (ticks)
    line.append(
      el(
        "span",
        { className: `ticks ${bubble.state}`, role: "img", "aria-label": ticks[1], title: ticks[1] },
        ticks[0],
      ),
    );
  return line;
}

/** What one can do with a bubble. Made only when a pointer or the keyboard comes to it. */
function actionBar(bubble, act) {
  const react = (emoji) =>
    el("button", { type: "button", "aria-label": `React with ${emoji}`, onclick: () => act.react(emoji) }, emoji);
  return el(
    "span",
    { className: "actions" },
    el(
      "button",
      {
        type: "button",
        "aria-label": `Reply to: ${summary(bubble)}`,
        "data-testid": "phone-reply",
        onclick: act.reply,
      },
      "Reply",
    ),
    ["👍", "❤️", "🙏"].map(react),
    bubble.from === "customer" && !bubble.revoked
      ? el("button", { type: "button", "aria-label": "Delete for everyone", onclick: act.remove }, "Delete")
      : null,
  );
}

/** A bubble. `quoted` is the message it answers, if it does; `act` has `reply`, `react`, `remove`, `tap` and `jump`. */
export function bubbleElement(bubble, quoted, act) {
  const own = bubble.from === "customer";
  const reactions = Object.values(bubble.reactions);
  const marks = [own && "own", reactions.length > 0 && "reacted", bubble.message.type === "sticker" && "sticker"];
  const element = el(
    "div",
    {
      className: ["message", ...marks.filter(Boolean)].join(" "),
      tabIndex: 0,
      "data-testid": "phone-message",
      "data-from": bubble.from,
      "data-state": bubble.state,
      "data-wamid": bubble.wamid,
    },
    el("span", { className: "hidden" }, own ? "You: " : "Business: "),
    bubble.reply_to
      ? el(
          "button",
          { type: "button", className: "quote", onclick: act.jump },
          quoted ? summary(quoted) : "Quoted message unavailable",
        )
      : null,
    inside(bubble, act.tap),
    meta(bubble),
    reactions.length > 0
      ? el("span", { className: "reactions", "aria-label": `Reactions: ${reactions.join(" ")}` }, reactions.join(" "))
      : null,
  );
  const offer = () => {
    if (!element.querySelector(":scope > .actions")) element.append(actionBar(bubble, act));
  };
  element.addEventListener("pointerenter", offer);
  element.addEventListener("focusin", offer);
  longPress(element, act.reply);
  return element;
}

/** Half a second of a still finger, where there is no pointer to hover with. */
function longPress(element, then) {
  let timer;
  const stop = () => clearTimeout(timer);
  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") timer = setTimeout(then, 500);
  });
  for (const name of ["pointerup", "pointermove", "pointercancel", "pointerleave"])
    element.addEventListener(name, stop);
}

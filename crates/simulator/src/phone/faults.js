// The panel "Make things go wrong" and the log of webhook calls.

import { call, el, time } from "./dom.js";

const LOG = 50;

const GROUPS = [
  [
    "When the business sends",
    [
      ["answer_delay", "The answer takes 3 seconds", { kind: "answer_delay", ms: 3000 }],
      ["answer_dropped", "Taken, then the line is cut", { kind: "answer_dropped" }],
      ["answer_hang", "Taken, then no answer at all", { kind: "answer_hang" }],
      ["refuse_429", "429 Too many requests", { kind: "refuse", code: 130429, http: 429, retry_after: 5 }],
      ["refuse_500", "500 Something went wrong", { kind: "refuse", code: 131000, http: 500 }],
      ["refuse_503", "503 without any JSON", { kind: "refuse", http: 503, envelope: false, retry_after: 5 }],
      ["refuse_190", "The access token has expired", { kind: "refuse", code: 190 }],
      ["outage_190", "It has expired for every call", { kind: "outage", code: 190 }],
      ["outage_131031", "The account is locked", { kind: "outage", code: 131031 }],
      ["refuse_131047", "The 24-hour window is closed", { kind: "refuse", code: 131047 }],
      ["refuse_131056", "Too much to one customer", { kind: "refuse", code: 131056 }],
    ],
  ],
  [
    "Files",
    [
      ["upload_refuse", "An upload fails", { kind: "upload_refuse", http: 500, code: 131053 }],
      ["media_gone", "The customer’s file is gone", { kind: "media_gone" }],
      ["media_expired", "Its address is dead at once", { kind: "media_expired" }],
      ["media_refuse", "Its download fails", { kind: "media_refuse", http: 500 }],
      ["media_slow", "It takes 10 seconds", { kind: "media_slow", ms: 10000 }],
      ["media_cut", "It breaks off half-way", { kind: "media_cut" }],
      ["media_hash_wrong", "Another digest is told", { kind: "media_hash_wrong" }],
      ["media_size_wrong", "Another size is told", { kind: "media_size_wrong" }],
    ],
  ],
  [
    "Statuses",
    [
      ["status_before_answer", "“Sent” overtakes the answer", { kind: "status_before_answer" }],
      ["statuses_reversed", "Read, delivered, sent", { kind: "statuses_reversed" }],
      ["delivered_missing", "“Delivered” never comes", { kind: "delivered_missing" }],
      ["failed_after_sent", "Fails after “sent”", { kind: "failed_after_sent", code: 131026 }],
      ["failed", "Fails: cannot be delivered", { kind: "failed", code: 131026 }],
      ["callback_data_missing", "No callback data in statuses", { kind: "callback_data_missing" }],
    ],
  ],
  [
    "Webhooks",
    [
      ["webhook_delay", "5 seconds late", { kind: "webhook_delay", ms: 5000 }],
      ["webhook_duplicate", "Delivered twice", { kind: "webhook_duplicate" }],
      ["webhook_reorder", "In the wrong order", { kind: "webhook_reorder" }],
      ["webhook_batch", "Many in one call", { kind: "webhook_batch", size: 8, ms: 2000 }],
      ["webhook_rebatched", "Delivered again, mixed with others", { kind: "webhook_rebatched" }],
      ["signature_wrong", "Wrong signature", { kind: "signature_wrong" }],
      ["signature_missing", "No signature", { kind: "signature_missing" }],
      ["timestamps_ms", "Times in milliseconds", { kind: "timestamps_ms" }],
      ["timestamps_old", "Times a week old", { kind: "timestamps_old" }],
    ],
  ],
  [
    "Mail",
    [
      ["mail_refuse", "Every address is refused", { kind: "mail_refuse", code: 550 }],
      ["mail_refuse_later", "“Try again later”", { kind: "mail_refuse", code: 451 }],
      ["mail_slow", "The answer takes 20 seconds", { kind: "mail_slow", ms: 20000 }],
    ],
  ],
];

const same = (fault, order) =>
  !fault.phone_number_id && !fault.customer && Object.entries(order).every(([key, value]) => fault[key] === value);

/** Builds the panel once; answers what to call when faults or settings change. */
export function troublePanel(root) {
  let faults = [];
  const switches = [];
  const often = el(
    "select",
    { id: "often" },
    el("option", { value: "" }, "every time"),
    el("option", { value: "1" }, "only the next time"),
    el("option", { value: "3" }, "the next three times"),
  );
  const reading = el("input", {
    type: "checkbox",
    role: "switch",
    "data-testid": "phone-auto-read",
    onchange: () => call("PATCH", "settings", { auto_read: reading.checked }).catch(() => {}),
  });
  const skip = (seconds) => () => call("POST", "clock", { advance_seconds: seconds }).catch(() => {});
  root.append(
    el("div", { className: "row" }, el("label", { htmlFor: "often" }, "New trouble strikes"), often),
    ...GROUPS.flatMap(([title, list]) => [
      el("h3", {}, title),
      ...list.map(([name, label, order]) => {
        const input = el("input", { type: "checkbox", role: "switch", "data-testid": `phone-fault-${name}` });
        const left = el("small");
        input.addEventListener("change", () => toggle(order, input.checked));
        switches.push({ order, input, left });
        return el("label", { className: "switch" }, input, label, left);
      }),
    ]),
    el("h3", {}, "The customers and their clock"),
    el("label", { className: "switch good" }, reading, "They read by themselves"),
    el(
      "div",
      { className: "row" },
      el("button", { type: "button", onclick: skip(3600), "data-testid": "phone-skip-hour" }, "An hour passes"),
      el("button", { type: "button", onclick: skip(24 * 3600), "data-testid": "phone-skip-day" }, "A day passes"),
      el(
        "button",
        { type: "button", onclick: () => call("POST", "reset").catch(() => {}), "data-testid": "phone-reset" },
        "Start over",
      ),
    ),
  );

  async function toggle(order, on) {
    try {
      if (on) await call("POST", "faults", often.value ? { ...order, count: Number(often.value) } : order);
      else
        await Promise.all(
          faults.filter((fault) => same(fault, order)).map((fault) => call("DELETE", `faults/${fault.id}`)),
        );
    } catch {
      showFaults(faults);
    }
  }

  function showFaults(list) {
    faults = list;
    for (const { order, input, left } of switches) {
      const active = list.filter((fault) => same(fault, order));
      input.checked = active.length > 0;
      const remaining = active.map((fault) => fault.remaining);
      left.textContent =
        active.length > 0 && remaining.every(Boolean) ? `${remaining.reduce((sum, n) => sum + n)} left` : "";
    }
  }

  return {
    showFaults,
    showSettings: (settings) => {
      reading.checked = settings.auto_read;
    },
  };
}

function pill(entry) {
  if (entry.acked)
    return el("span", { className: "pill ok" }, entry.attempts > 1 ? `200, try ${entry.attempts}` : "200");
  const said = entry.status ?? "no answer";
  if (entry.given_up) return el("span", { className: "pill bad" }, entry.attempts === 0 ? "lost" : `${said}, given up`);
  return el("span", { className: "pill" }, entry.attempts === 0 ? "calling" : `${said}, try ${entry.attempts}`);
}

/** The log, newest first; answers what to call with all entries or with one. */
export function webhookLog(root) {
  const rows = new Map();
  function show(entry) {
    const kind = entry.kind === "delivery" ? "" : ` (${entry.kind})`;
    const row = el(
      "li",
      { "data-testid": "phone-webhook", "data-acked": String(entry.acked) },
      time(entry.started_at, true),
      el("span", { className: "what" }, entry.contents.join(", ") + kind),
      pill(entry),
      entry.error ? el("span", { className: "error" }, entry.error) : null,
    );
    const old = rows.get(entry.id);
    rows.set(entry.id, row);
    if (old) old.replaceWith(row);
    else root.prepend(row);
    if (rows.size > LOG) {
      const oldest = Math.min(...rows.keys());
      rows.get(oldest).remove();
      rows.delete(oldest);
    }
  }
  return {
    show,
    showAll: (entries) => {
      rows.clear();
      root.replaceChildren();
      entries.forEach(show);
    },
  };
}

import { expect, it } from "vitest";
import { defaults, filled, parts, type Template, variables } from "./template";

const template = (part: Partial<Template>): Template => ({
  id: "t1",
  channel_id: "wa",
  name: "order_update",
  language: "en_US",
  category: "utility",
  status: "approved",
  quality: null,
  parameter_format: "positional",
  rejected_reason: null,
  synced_at: "2026-11-25T09:00:00Z",
  components: [
    { type: "HEADER", format: "TEXT", text: "Order {{1}}" },
    { type: "BODY", text: "Hi {{2}}, parcel {{1}} left. {{2}}, look:" },
    { type: "FOOTER", text: "Max Store" },
    {
      type: "BUTTONS",
      buttons: [
        { type: "QUICK_REPLY", text: "Stop" },
        { type: "URL", text: "Track", url: "https://max.example/t/{{1}}" },
      ],
    },
  ],
  ...part,
});

it("finds what is to be filled in, each once", () => {
  expect(parts(template({})).blanks.map(({ key }) => key)).toEqual(["header:1", "body:2", "body:1", "button:1"]);
  expect(parts(template({})).footer).toBe("Max Store");
  const photo = template({
    components: [
      { type: "HEADER", format: "IMAGE" },
      { type: "BODY", text: "Look" },
    ],
  });
  expect(parts(photo).blanks).toMatchObject([{ key: "header:file", file: "IMAGE" }]);
});

it("gives values in their order or by their names", () => {
  const values = { "header:1": "A-17", "body:1": " X9 ", "body:2": "Ana", "button:1": "X9" };
  expect(variables(template({}), values)).toEqual({
    header: ["A-17"],
    body: ["X9", "Ana"],
    buttons: [{ index: 1, value: "X9" }],
  });
  const named = template({ parameter_format: "named", components: [{ type: "BODY", text: "Hi {{first_name}}" }] });
  expect(variables(named, { "body:first_name": "Ana" }).body).toEqual({ first_name: "Ana" });
});

it("shows the words as they will be, and remembers what was saved", () => {
  expect(filled("Hi {{2}}, {{1}}", "body", { "body:2": "Ana" })).toBe("Hi Ana, {{1}}");
  const saved = { header: ["A-17"], body: ["X9", "Ana"], buttons: [{ index: 1, value: "X9" }] };
  expect(defaults(template({ defaults: saved }))).toEqual({
    "header:1": "A-17",
    "body:1": "X9",
    "body:2": "Ana",
    "button:1": "X9",
  });
});

it("does not fail on what it does not know", () => {
  for (const components of [null, {}, [{}], [{ type: "CAROUSEL" }], "x"]) {
    expect(parts({ components }).blanks).toEqual([]);
  }
});

import { expect, it } from "vitest";
import {
  type ButtonsDraft,
  buttonsFaults,
  buttonsOf,
  type ListDraft,
  length,
  listFaults,
  listOf,
  newButtons,
  newList,
  rowCount,
} from "./question";

const BUTTONS = { text_chars: 20, edge_chars: 6, max_buttons: 3, title_chars: 5, id_chars: 256 };
const LIST = {
  text_chars: 20,
  edge_chars: 6,
  button_chars: 5,
  max_sections: 3,
  max_rows: 4,
  section_title_chars: 5,
  row_title_chars: 6,
  row_description_chars: 8,
  row_id_chars: 200,
};
const buttons = (...titles: string[]): ButtonsDraft => ({
  ...newButtons("Which?"),
  buttons: titles.map((title) => ({ key: title, title })),
});
const list = (...sections: [string, ...string[]][]): ListDraft => ({
  ...newList("Which?"),
  button: "Pick",
  sections: sections.map(([title, ...rows]) => ({
    key: title,
    title,
    rows: rows.map((row) => ({ key: row, title: row, description: "" })),
  })),
});

it("what is left blank is left out, and places make the ids", () => {
  expect(buttonsOf({ ...buttons(" Red ", "Blue"), header: " ", footer: " Max " })).toEqual({
    type: "buttons",
    text: "Which?",
    header: null,
    footer: "Max",
    buttons: [
      { id: "button-1", title: "Red" },
      { id: "button-2", title: "Blue" },
    ],
  });
  const draft = list(["Warm", "Red"], ["Cold", "Blue", "Grey"]);
  expect(listOf(draft).sections).toEqual([
    { title: "Warm", rows: [{ id: "row-1-1", title: "Red", description: null }] },
    {
      title: "Cold",
      rows: [
        { id: "row-2-1", title: "Blue", description: null },
        { id: "row-2-2", title: "Grey", description: null },
      ],
    },
  ]);
  expect(rowCount(draft)).toBe(3);
});

it("what is wrong is named as the server names it", () => {
  expect(buttonsFaults(buttons("Red", "Blue"), BUTTONS)).toEqual({});
  expect(
    Object.keys(buttonsFaults({ ...buttons("Red", "", "Red", "Orange"), text: " ", header: "too long" }, BUTTONS)),
  ).toEqual([
    "interactive.text",
    "interactive.header",
    "interactive.buttons.1.title",
    "interactive.buttons.2.title",
    "interactive.buttons.3.title",
  ]);
  expect(listFaults(list(["", "Red"]), LIST)).toEqual({});
  expect(Object.keys(listFaults({ ...list(["", "Red"], ["Colder", ""]), button: "" }, LIST))).toEqual([
    "interactive.button",
    "interactive.sections.0.title",
    "interactive.sections.1.title",
    "interactive.sections.1.rows.0.title",
  ]);
});

it("an emoji is as many characters as the server counts", () => {
  expect(length(" 😀é ")).toBe(2);
  expect(buttonsFaults(buttons("😀😀😀😀😀"), BUTTONS)).toEqual({});
});

const plural = (n: number, one: string, many: string) => (n === 1 ? one : many);

/** The words of places and of questions with ready answers: the menu, the forms, and how they stand in the thread. */
export const q = {
  open: "Send something else",
  close: "Close",
  cancel: "Cancel",
  send: "Send",
  sendAnyway: "Send anyway",
  preview: "What the customer gets",
  left: (n: number) => (n < 0 ? `${-n} too many` : `${n} left`),
  tooLong: (n: number) => `Shorten this by ${n} ${plural(n, "character", "characters")}.`,
  missing: "Fill this in.",
  optional: "Optional",
  menu: { location: "Location", buttons: "Buttons", list: "List" },
  title: { location: "Send a location", buttons: "Ask with buttons", list: "Ask with a list" },
  sent: { location: "Location sent", buttons: "Question sent", list: "Question sent" },

  place: {
    paste: "Map link or coordinates",
    pasteHint: "Paste a link from a map, or write latitude and longitude.",
    pasteWrong: "There are no coordinates in this. Short links hold none: open them first and copy the long address.",
    latitude: "Latitude",
    longitude: "Longitude",
    number: "Write a number, such as 52.52.",
    within: (most: number) => `Between -${most} and ${most}.`,
    name: "Name",
    address: "Address",
  },

  text: "Question",
  header: "Line on top",
  footer: "Line below",
  buttons: {
    group: "Buttons",
    one: (n: number) => `Button ${n}`,
    add: "Add a button",
    remove: (n: number) => `Remove button ${n}`,
    same: "Another button says the same.",
  },
  list: {
    button: "Text of the button that opens the list",
    section: (n: number) => `Section ${n}`,
    sectionTitle: "Title of the section",
    sectionNeeded: "Each of several sections needs a title.",
    addSection: "Add a section",
    removeSection: (n: number) => `Remove section ${n}`,
    row: (n: number) => `Row ${n}`,
    rowTitle: "Title",
    rowDescription: "Second line",
    addRow: "Add a row",
    removeRow: (n: number) => `Remove row ${n}`,
    count: (n: number, most: number) => `${n} of ${most} ${plural(most, "row", "rows")}`,
  },

  shown: {
    buttons: "Buttons the customer sees",
    open: (button: string) => `Show what “${button}” opens`,
    hide: (button: string) => `Hide what “${button}” opens`,
  },
} as const;

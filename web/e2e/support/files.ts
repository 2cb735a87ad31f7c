// Files to be sent, small and whole, and the ways they get into a page.

import type { Locator } from "playwright-core";

interface Sample {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAwCAIAAAAuKetIAAAARUlEQVR42u3PAQkAMAgAMH0ugxnRWG8hCFuDZfXEZS+OExAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQENjzAaRwAdx7uHIjAAAAAElFTkSuQmCC";
const GIF = "R0lGODdhEAAMAIAAAAAAAAAAACwAAAAAEAAMAAAIGQABCBxIsKDBgwgTKlzIsKHDhxAjSpwoMCAAOw==";
const ZIP = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==";
const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj
trailer<</Root 1 0 R>>
%%EOF
`;

const sample = (mimeType: string, bytes: string, encoding: BufferEncoding) => (name: string) => ({
  name,
  mimeType,
  buffer: Buffer.from(bytes, encoding),
});

/** Hands files over in the page as a browser does; these are events that cannot be made from outside. */
function hand(target: Locator, kinds: readonly string[], list: readonly Sample[]): Promise<void> {
  const given = list.map(({ name, mimeType, buffer }) => ({ name, mimeType, bytes: buffer.toString("base64") }));
  return target.evaluate(
    (element, { kinds, given }) => {
      const data = new DataTransfer();
      for (const { name, mimeType, bytes } of given) {
        const raw = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
        data.items.add(new File([raw], name, { type: mimeType }));
      }
      for (const kind of kinds) {
        const common = { bubbles: true, cancelable: true };
        element.dispatchEvent(
          kind === "paste"
            ? new ClipboardEvent(kind, { ...common, clipboardData: data })
            : new DragEvent(kind, { ...common, dataTransfer: data }),
        );
      }
    },
    { kinds, given },
  );
}

export const files = {
  picture: sample("image/png", PNG, "base64"),
  letter: sample("application/pdf", PDF, "latin1"),
  archive: sample("application/zip", ZIP, "base64"),
  moving: sample("image/gif", GIF, "base64"),
  paste: (target: Locator, list: readonly Sample[]) => hand(target, ["paste"], list),
  drop: (target: Locator, list: readonly Sample[]) => hand(target, ["dragover", "drop"], list),
};

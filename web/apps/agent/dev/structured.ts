import type { Interactive, Message, Place, StructuredLimits } from "@max/api";

/** What WhatsApp takes of places and questions. */
export const STRUCTURED: StructuredLimits = {
  location: { name_chars: 1000, address_chars: 1000 },
  buttons: { text_chars: 1024, edge_chars: 60, max_buttons: 3, title_chars: 20, id_chars: 256 },
  list: {
    text_chars: 1024,
    edge_chars: 60,
    button_chars: 20,
    max_sections: 10,
    max_rows: 10,
    section_title_chars: 24,
    row_title_chars: 24,
    row_description_chars: 72,
    row_id_chars: 200,
  },
};

/** Questions that were asked, and how many minutes ago. */
export const asked: readonly [number, Interactive][] = [
  [
    11,
    {
      type: "buttons",
      text: "Shall we keep the form for you?",
      header: "Your documents",
      footer: "Zelmira Pay",
      buttons: [
        { id: "button-1", title: "Yes, keep it" },
        { id: "button-2", title: "No, thank you" },
      ],
    },
  ],
  [
    11,
    {
      type: "list",
      text: "What else can we help you with?",
      header: null,
      footer: null,
      button: "Choose",
      sections: [
        {
          title: "Transfers",
          rows: [
            { id: "row-1-1", title: "Where is my transfer?", description: "Its way, step by step" },
            { id: "row-1-2", title: "Cancel a transfer", description: null },
          ],
        },
        { title: "Account", rows: [{ id: "row-2-1", title: "My details", description: null }] },
      ],
    },
  ],
];

/** What a message holds that is a place or a question. */
export function structuredPart(body: Record<string, unknown>): Partial<Message> {
  const place = body.location as Place | undefined;
  if (place) {
    const words = place.name || place.address;
    const content = { type: "location" as const, ...place };
    return { content, text: null, preview: words ? `Location · ${words}` : "Location" };
  }
  const question = body.interactive as Interactive | undefined;
  return question ? { content: question, text: question.text, preview: question.text } : {};
}

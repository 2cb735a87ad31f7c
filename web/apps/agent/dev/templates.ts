import type { MessageTemplate } from "@max/api";

const template = (name: string, language: string, body: string, more: object[] = []): MessageTemplate => ({
  id: `template-${name}-${language}`,
  channel_id: "wa",
  name,
  language,
  category: "utility",
  status: "approved",
  quality: "green",
  parameter_format: "positional",
  components: [{ type: "BODY", text: body }, ...more],
  rejected_reason: null,
  synced_at: new Date().toISOString(),
  defaults: null,
});

/** Templates as a provider has approved them. */
export const TEMPLATES: MessageTemplate[] = [
  template("hello_world", "en_US", "Welcome and congratulations. This message shows that sending works."),
  template("transfer_update", "en_US", "Hi {{1}}, there is news about your transfer {{2}}. Answer here to hear it.", [
    { type: "FOOTER", text: "Zelmira Pay" },
    { type: "BUTTONS", buttons: [{ type: "QUICK_REPLY", text: "Tell me" }] },
  ]),
  template("receipt", "en_US", "Here is the receipt for your transfer {{1}}.", [
    { type: "HEADER", format: "DOCUMENT" },
  ]),
  template("transfer_update", "pt_BR", "Olá {{1}}, há novidades sobre a sua transferência {{2}}."),
];

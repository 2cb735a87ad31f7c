import { proposeToken } from "../channels-data";
import { c } from "../strings-channels";
import { ch } from "../strings-chat";
import { makeSigningSecret, makeVisitorSecret, signingSecretWrong, visitorKeyWrong } from "./chat-keys";
import { AddChat } from "./chat-new";
import { ChatPanel } from "./chat-panel";
import { ChannelFrame } from "./frame";
import type { ChannelKind, PanelProps } from "./kind";
import { MadeSecret, PastedSecret } from "./secret-fields";
import { VisitorKeyField } from "./visitor-key";
import { isSecret } from "./whatsapp-form";
import { AddNumber } from "./whatsapp-new";
import { WhatsAppPanel } from "./whatsapp-panel";

const oneWord = (text: string): string | undefined => (isSecret(text) ? undefined : c.form.signs);

/** The kinds that can be added here, by the server's name. */
export const KINDS: Readonly<Record<string, ChannelKind>> = {
  whatsapp: {
    name: c.kinds.whatsapp ?? "",
    text: c.choose.whatsapp,
    Add: AddNumber,
    Panel: WhatsAppPanel,
    secrets: [
      {
        name: "access_token",
        label: c.credentials.access_token,
        hint: c.panel.replaceHints.access_token ?? "",
        wrong: oneWord,
        Field: PastedSecret,
      },
      {
        name: "app_secret",
        label: c.credentials.app_secret,
        hint: c.panel.replaceHints.app_secret ?? "",
        overlaps: true,
        wrong: oneWord,
        Field: PastedSecret,
      },
      {
        name: "verify_token",
        label: c.credentials.verify_token,
        hint: c.panel.replaceHints.verify_token ?? "",
        first: proposeToken,
        wrong: oneWord,
        Field: MadeSecret,
      },
    ],
    words: {
      probe: c.panel.probe,
      says: c.check.says,
      overlap: c.panel.overlapHint,
      language: { example: c.panel.languageExample, hint: c.panel.languageHint },
    },
  },
  chat: {
    name: c.kinds.chat ?? "",
    text: c.choose.chat,
    Add: AddChat,
    Panel: ChatPanel,
    secrets: [
      {
        name: "signing_secret",
        label: ch.keys.signing,
        hint: ch.keys.signingHint,
        overlaps: true,
        first: makeSigningSecret,
        wrong: signingSecretWrong,
        Field: MadeSecret,
      },
      {
        name: "visitor_key",
        label: ch.keys.visitor,
        hint: ch.keys.visitorHint,
        optional: true,
        overlaps: true,
        first: makeVisitorSecret,
        wrong: visitorKeyWrong,
        Field: VisitorKeyField,
      },
    ],
    words: { probe: ch.keys.probe, says: ch.keys.says, overlap: ch.keys.overlap },
  },
};

const PlainPanel = (props: PanelProps) => <ChannelFrame {...props}>{() => null}</ChannelFrame>;
const Nothing = () => null;

/** A kind that the server knows and this page does not: it has what every channel has. */
const OTHER: ChannelKind = {
  name: "",
  text: "",
  Add: Nothing,
  Panel: PlainPanel,
  secrets: [],
  words: { probe: c.panel.probeAny, says: ch.keys.says, overlap: "" },
};

export const kindOf = (name: string): ChannelKind => KINDS[name] ?? OTHER;

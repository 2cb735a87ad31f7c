import type { ChannelRow } from "@max/api";
import type { ComponentType } from "react";

/** A secret of a channel. It can be replaced, never read. */
export interface SecretKind {
  /** As the server calls it. */
  name: string;
  label: string;
  /** What replacing it means. */
  hint?: string;
  /** The channel works without it. */
  optional?: boolean;
  /** Two can hold at once, while one replaces the other. */
  overlaps?: boolean;
  /** What stands in the field first: a proposal, where MAX makes it. */
  first?: () => string;
  /** Why it cannot be one. */
  wrong: (text: string) => string | undefined;
  /** Where a new one is entered, or shown. */
  Field: ComponentType<SecretFieldProps>;
}

export interface SecretFieldProps {
  label: string;
  hint?: string;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

export interface PanelProps {
  channel: ChannelRow;
  kind: ChannelKind;
  onClose: () => void;
}

export interface AddProps {
  onClose: () => void;
  onOpen: (id: string) => void;
}

/** What sets one kind of channel apart from the others. Everything that depends on the kind is asked here. */
export interface ChannelKind {
  name: string;
  /** In a line, where one is chosen to be added. */
  text: string;
  /** The steps that add one. */
  Add: ComponentType<AddProps>;
  /** Its page. */
  Panel: ComponentType<PanelProps>;
  secrets: readonly SecretKind[];
  words: {
    /** Asks its provider how it is. */
    probe: string;
    /** Who says what a check found. */
    says: string;
    /** How it is meanwhile that two secrets hold. */
    overlap: string;
    /** Its templates have a language, written like this one. */
    language?: { example: string; hint: string };
  };
}

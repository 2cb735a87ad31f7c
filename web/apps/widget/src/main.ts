// The script of the page: makes the element known and, where the script's tag names a channel, puts one into the page.

import { home, MaxChat } from "./element";

/** What the panels of this build are known by, so that browsers may keep them. */
declare const __PANELS__: string;

const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;
if (script?.src) home.server = new URL(script.src).origin;
home.nonce = script?.nonce ?? "";
home.panel = (server, language) => import(/* @vite-ignore */ `${server}/chat/panel.${language}.js?v=${__PANELS__}`);

// A page that carries the script twice has one chat.
if (!customElements.get("max-chat")) {
  customElements.define("max-chat", MaxChat);
  const settings = { ...script?.dataset };
  const place = () => {
    if (!settings.channel || document.querySelector("max-chat")) return;
    const element = document.createElement("max-chat");
    for (const name of [...MaxChat.observedAttributes, "theme", "keep-title"]) {
      const value = settings[name.replace(/-(.)/, (_, letter: string) => letter.toUpperCase())];
      if (value !== undefined) element.setAttribute(name, value);
    }
    document.body.append(element);
  };
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place, { once: true });
}

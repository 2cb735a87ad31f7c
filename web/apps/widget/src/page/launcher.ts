import { fill, type Names } from "../names";

const CHAT = "M5 18.5l1-3.6a7.6 7.6 0 1 1 3 2.800z";
const DOWN = "M6.500 9.500L12 15l5.500-5.500";
/** How long words beside the launcher stay. Milliseconds. */
const READING = 8_000;

function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string>,
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** The button in the corner, with the number of unread messages, and what a screen reader is told. */
export class Launcher {
  /** Everything of the widget. */
  readonly frame = make("div", { class: "root" });
  /** Where the panel is drawn. */
  readonly place = make("div", { class: "place" });
  readonly button = make("button", { class: "launcher", part: "launcher", type: "button" });
  readonly #badge = make("span", { class: "badge", "aria-hidden": "true" });
  readonly #path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  readonly #said = make("div", { class: "sr", role: "status" });
  readonly #note = make("p", { class: "note", role: "status" });
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #saying: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly names: Names,
    tag: string,
    direction: string,
  ) {
    this.frame.lang = tag;
    this.frame.dir = direction;
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.setAttribute("viewBox", "0 0 24 24");
    icon.setAttribute("aria-hidden", "true");
    icon.append(this.#path);
    this.button.append(icon, this.#badge);
    this.#note.hidden = true;
    this.frame.append(this.place, this.#note, this.button, this.#said);
    // Keys pressed in here are none of the page's shortcuts.
    for (const name of ["keydown", "keyup", "keypress"]) {
      this.frame.addEventListener(name, (event) => event.stopPropagation());
    }
  }

  draw(open: boolean, unread: number, busy: boolean): void {
    const { names, button } = this;
    const news = unread > 0 && !open;
    const label = open ? names.close : names.open;
    button.setAttribute("aria-label", news ? `${label}. ${fill(names.unread, { n: unread })}` : label);
    button.setAttribute("aria-expanded", String(open));
    button.setAttribute("aria-busy", String(busy));
    this.#path.setAttribute("d", open ? DOWN : CHAT);
    this.#badge.hidden = !news;
    this.#badge.textContent = unread > 99 ? "99+" : String(unread);
    this.frame.classList.toggle("open", open);
  }

  /** For screen readers only. */
  say(text: string): void {
    // The same words again would be no change.
    this.#said.textContent = "";
    clearTimeout(this.#saying);
    if (text) this.#saying = setTimeout(() => this.#said.append(text), 50);
  }

  /** For everybody, beside the button. */
  note(text: string): void {
    clearTimeout(this.#quiet);
    this.#note.textContent = text;
    this.#note.hidden = !text;
    if (text) this.#quiet = setTimeout(() => this.note(""), READING);
  }
}

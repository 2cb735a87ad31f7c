/** `(2) ` before the page's title while something is unread. The page may change its title meanwhile. */
export class TitleHint {
  #mark = "";

  show(unread: number): void {
    const title = document.title.startsWith(this.#mark) ? document.title.slice(this.#mark.length) : document.title;
    this.#mark = unread > 0 ? `(${unread}) ` : "";
    if (document.title !== this.#mark + title) document.title = this.#mark + title;
  }
}

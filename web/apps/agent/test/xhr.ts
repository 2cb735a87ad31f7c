import { vi } from "vitest";

/** A request that waits for its answer. */
export class FakeXhr {
  static all: FakeXhr[] = [];
  upload: { onprogress: ((event: object) => void) | null } = { onprogress: null };
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onabort: (() => void) | null = null;
  status = 0;
  responseText = "";
  aborted = false;
  headers: Record<string, string> = {};
  body: FormData = new FormData();
  address = "";

  open(_method: string, address: string) {
    this.address = address;
  }
  setRequestHeader(name: string, value: string) {
    this.headers[name] = value;
  }
  getResponseHeader(name: string) {
    return name === "content-type" ? "application/json" : null;
  }
  send(body: FormData) {
    this.body = body;
    FakeXhr.all.push(this);
  }
  abort() {
    this.aborted = true;
    this.onabort?.();
  }

  /** The name of the file it carries. */
  get file(): string {
    return (this.body.get("file") as File).name;
  }
  progress(part: number) {
    this.upload.onprogress?.({ lengthComputable: true, loaded: part * 100, total: 100 });
  }
  answer(status: number, body: object) {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload?.();
  }
  fail() {
    this.onerror?.();
  }
}

/** Puts it in the place of the browser's own. */
export function fakeXhr(): typeof FakeXhr {
  FakeXhr.all = [];
  vi.stubGlobal("XMLHttpRequest", FakeXhr);
  return FakeXhr;
}

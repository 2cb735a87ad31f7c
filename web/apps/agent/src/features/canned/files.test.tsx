import type { MediaView } from "@max/api";
import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { media } from "../../../test/factory";
import { faults, type TestServer } from "../../../test/server";
import { show, signIn, signOut } from "../../../test/signed-in";
import { type FakeXhr, fakeXhr } from "../../../test/xhr";
import { CannedFiles } from "./files";
import { createCanned, saveCanned } from "./mutations";

const user = userEvent.setup();
let server: TestServer;
let xhr: typeof FakeXhr;
beforeEach(async () => {
  xhr = fakeXhr();
  server = await signIn();
});
afterEach(signOut);

function Form({ onBusy }: { onBusy: (busy: boolean) => void }) {
  const [files, setFiles] = useState<readonly MediaView[]>([media({ id: "f1", name: "old.pdf", kind: "document" })]);
  return (
    <>
      <CannedFiles value={files} onChange={setFiles} onBusy={onBusy} />
      <output>{files.map(({ id }) => id).join()}</output>
    </>
  );
}

it("files are added and taken out, and saving waits for them", async () => {
  const busy = vi.fn();
  const { container } = show(<Form onBusy={busy} />);
  await user.upload(screen.getByTestId("canned-file"), new File(["x"], "new.pdf"));
  await waitFor(() => expect(xhr.all).toHaveLength(1));
  expect(busy).toHaveBeenLastCalledWith(true);
  expect(await faults(container)).toEqual([]);
  await act(async () => xhr.all[0]?.answer(201, media({ id: "f2", name: "new.pdf", kind: "document" })));
  await waitFor(() => expect(container.querySelector("output")?.textContent).toBe("f1,f2"));
  expect(busy).toHaveBeenLastCalledWith(false);
  await user.click(screen.getByRole("button", { name: "Remove old.pdf" }));
  expect(container.querySelector("output")?.textContent).toBe("f2");
});

it("a file that did not arrive says why and can be taken out", async () => {
  show(<Form onBusy={() => {}} />);
  await user.upload(screen.getByTestId("canned-file"), new File(["x"], "new.pdf"));
  await waitFor(() => expect(xhr.all).toHaveLength(1));
  await act(async () => xhr.all[0]?.answer(413, { code: "too_large", detail: "Files may have 100 MB." }));
  expect(await screen.findByText("Files may have 100 MB.")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Remove new.pdf" }));
  expect(screen.queryByText("Files may have 100 MB.")).toBeNull();
});

it("files are told by their ids, and an empty list takes them all away", async () => {
  const form = { shortcut: "a", title: "A", text: "a" };
  server.on("POST /canned", { status: 201, body: {} }).on("PATCH /canned/k1", { body: {} });
  await createCanned({ ...form, attachments: [media({ id: "f1" })], scope: "global" });
  await createCanned({ ...form, attachments: [], scope: "global" });
  await saveCanned("k1", { attachments: [] });
  expect(server.bodies("POST /canned")).toEqual([
    { ...form, scope: "global", attachments: ["f1"] },
    { ...form, scope: "global", attachments: [] },
  ]);
  expect(server.bodies("PATCH /canned/k1")).toEqual([{ attachments: [] }]);
});

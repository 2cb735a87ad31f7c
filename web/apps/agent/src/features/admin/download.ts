import { NetworkError, readError } from "@max/api";
import { session } from "../../app/services";

/** The longest an export may take, in milliseconds: it streams, so a large one is slow rather than stuck. */
const PATIENCE = 10 * 60_000;

/** Saves what the server answers as a file. The token goes in a header, so a plain link will not do. */
export async function download(path: string, query: Record<string, string>, name: string): Promise<void> {
  const words = new URLSearchParams(query).toString();
  const get = async (token: string) => {
    try {
      return await fetch(words ? `${path}?${words}` : path, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch (cause) {
      throw new NetworkError("The server did not answer", { cause });
    }
  };
  const token = await session.token();
  let response = await get(token);
  if (response.status === 401) response = await get(await session.renew(token));
  if (!response.ok) throw await readError(response);
  try {
    saveBlob(await response.blob(), name);
  } catch (cause) {
    throw new NetworkError("The file did not arrive whole", { cause });
  }
}

/** Lets the browser save some bytes as a file. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** `users-2026-11-25.csv` */
export const dated = (name: string) => `${name}-${new Date().toLocaleDateString("sv-SE")}.csv`;

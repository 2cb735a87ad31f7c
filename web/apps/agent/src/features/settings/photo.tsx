import { body, type Me } from "@max/api";
import { Avatar, Button, FieldError, toast } from "@max/ui";
import { Trash2, Upload } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api, session } from "../../app/services";
import { errorText } from "../../app/words";
import { a } from "../../strings-account";

const { profile: words } = a;

const TYPES: readonly string[] = ["image/png", "image/jpeg", "image/webp"];
const LARGEST = 5 * 1024 * 1024;

/** The photo: choose, look at it as it will be, use it or not; or take it away. */
export function Photo({ me }: { me: Me }) {
  const [picked, setPicked] = useState<{ file: File; url: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => () => void (picked && URL.revokeObjectURL(picked.url)), [picked]);

  const pick = async (found: File | undefined) => {
    setFault(null);
    if (!found) return;
    if (!TYPES.includes(found.type)) return setFault(words.wrongType);
    if (found.size > LARGEST) return setFault(words.tooLarge);
    // A broken picture is better noticed here than after sending it.
    try {
      (await createImageBitmap(found)).close();
    } catch {
      return setFault(words.unreadable);
    }
    setPicked({ file: found, url: URL.createObjectURL(found) });
  };

  const change = async (call: () => Promise<{ data?: unknown }>, done: string) => {
    setBusy(true);
    setFault(null);
    try {
      session.update(body<Me>(await call()));
      setPicked(null);
      toast(done);
      requestAnimationFrame(() => button.current?.focus());
    } catch (error) {
      setFault(errorText(error));
    } finally {
      setBusy(false);
    }
  };

  const upload = ({ file }: { file: File }) =>
    change(
      () =>
        api.PUT("/api/v1/me/photo", {
          body: file as never,
          bodySerializer: (raw: unknown) => raw as Blob,
          headers: { "content-type": file.type },
        }),
      words.photoSaved,
    );
  const remove = () => change(() => api.DELETE("/api/v1/me/photo"), words.photoRemoved);

  return (
    <div className="flex items-center gap-5">
      <Avatar id={me.id} name={me.name} photo={picked?.url ?? me.photo_url} size={72} />
      <div className="flex min-w-0 flex-col gap-2">
        <div className="flex flex-wrap gap-2">
          {picked ? (
            <>
              <Button look="primary" busy={busy} data-testid="photo-use" onClick={() => void upload(picked)}>
                {words.use}
              </Button>
              <Button onClick={() => setPicked(null)}>{a.cancel}</Button>
            </>
          ) : (
            <>
              <Button ref={button} onClick={() => file.current?.click()}>
                <Upload />
                {me.photo_url ? words.change : words.upload}
              </Button>
              {me.photo_url && (
                <Button look="quiet" busy={busy} data-testid="photo-remove" onClick={() => void remove()}>
                  <Trash2 />
                  {words.remove}
                </Button>
              )}
            </>
          )}
        </div>
        <p role="status" className="text-xs text-text-3">
          {picked ? words.preview : words.photoHint}
        </p>
        <div role="alert" className="empty:hidden">
          {fault && <FieldError id="photo-error">{fault}</FieldError>}
        </div>
        <input
          ref={file}
          type="file"
          accept={TYPES.join()}
          aria-label={words.upload}
          tabIndex={-1}
          data-testid="photo-file"
          className="sr-only"
          onChange={(event) => {
            void pick(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
      </div>
    </div>
  );
}

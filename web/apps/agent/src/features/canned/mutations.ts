import { ApiError, body, type Canned, type CannedScope, type MediaView } from "@max/api";
import { api, queryClient } from "../../app/services";
import { errorText } from "../../app/words";
import { cannedKey } from "../composer/canned-query";

/** What a form holds. */
export interface CannedForm {
  shortcut: string;
  title: string;
  text: string;
  /** What goes with the text. */
  attachments: readonly MediaView[];
}

export interface NewCanned extends CannedForm {
  scope: CannedScope;
  team_id?: string;
}

const anew = () => {
  void queryClient.invalidateQueries({ queryKey: cannedKey });
  void queryClient.invalidateQueries({ queryKey: ["canned-filled"] });
};

/** Files are told by their ids. */
const ids = (files: readonly MediaView[]): string[] => files.map(({ id }) => id);

export async function createCanned(canned: NewCanned): Promise<Canned> {
  const made = body<Canned>(
    await api.POST("/api/v1/canned", { body: { ...canned, attachments: ids(canned.attachments) } }),
  );
  anew();
  return made;
}

export async function saveCanned(id: string, { attachments, ...words }: Partial<CannedForm>): Promise<Canned> {
  const change = { ...words, ...(attachments ? { attachments: ids(attachments) } : {}) };
  const saved = body<Canned>(await api.PATCH("/api/v1/canned/{id}", { params: { path: { id } }, body: change }));
  anew();
  return saved;
}

export async function deleteCanned(id: string): Promise<void> {
  await api.DELETE("/api/v1/canned/{id}", { params: { path: { id } } });
  anew();
}

/** The words for one field of a refused form. */
export const fieldOf = (error: unknown, field: string): string | undefined =>
  error instanceof ApiError ? error.fields.find((f) => f.field === field)?.message : undefined;

/** Why it was refused, as a sentence. */
export const whyNot = (error: unknown): string =>
  (error instanceof ApiError ? error.fields[0]?.message : undefined) ?? errorText(error);

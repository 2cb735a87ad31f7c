import { ApiError, body, type Canned, type CannedScope } from "@max/api";
import { api, queryClient } from "../../app/services";
import { errorText } from "../../app/words";
import { cannedKey } from "../composer/canned-query";

/** What a form holds. */
export interface CannedForm {
  shortcut: string;
  title: string;
  text: string;
}

export interface NewCanned extends CannedForm {
  scope: CannedScope;
  team_id?: string;
}

const anew = () => {
  void queryClient.invalidateQueries({ queryKey: cannedKey });
  void queryClient.invalidateQueries({ queryKey: ["canned-filled"] });
};

export async function createCanned(canned: NewCanned): Promise<Canned> {
  const made = body<Canned>(await api.POST("/api/v1/canned", { body: canned }));
  anew();
  return made;
}

export async function saveCanned(id: string, change: Partial<CannedForm>): Promise<Canned> {
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

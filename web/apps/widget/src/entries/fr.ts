import { mountWith } from "../panel/mount";
import { fr } from "../texts/fr";

export const mount = mountWith(fr, "fr");

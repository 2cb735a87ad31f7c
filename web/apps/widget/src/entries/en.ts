import { mountWith } from "../panel/mount";
import { en } from "../texts/en";

export const mount = mountWith(en, "en");

import { mountWith } from "../panel/mount";
import { pt } from "../texts/pt";

export const mount = mountWith(pt, "pt");

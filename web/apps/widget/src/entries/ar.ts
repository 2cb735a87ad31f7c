import { mountWith } from "../panel/mount";
import { ar } from "../texts/ar";

export const mount = mountWith(ar, "ar");

import { mountWith } from "../panel/mount";
import { es } from "../texts/es";

export const mount = mountWith(es, "es");

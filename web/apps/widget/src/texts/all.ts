// All languages at once, for whoever sets a channel up. Pages load the one they need with their panel.

import { ar } from "./ar";
import { en, type Words } from "./en";
import { es } from "./es";
import { fr } from "./fr";
import { pt } from "./pt";

export const WORDS: Record<string, Words> = { en, es, pt, fr, ar };

import { inc } from "./helper.js";
import { mark } from "./steplog.js";

export const step = (i, value) => mark(i, () => inc(value));

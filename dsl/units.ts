/** Amounts as people write them: "2 GiB", "6 hours". */

/** An amount of memory or disk, as text. */
export type MemoryText = `${number} ${"MB" | "MiB" | "GB" | "GiB" | "TB" | "TiB"}`;

/** A length of time, as text. */
export type DurationText = `${number} ${"second" | "seconds" | "minute" | "minutes" | "hour" | "hours" | "day" | "days"}`;

const mebibyte = 2 ** 20;
const Mebibytes: Readonly<Record<string, number>> = {
  MB: 1e6 / mebibyte,
  MiB: 1,
  GB: 1e9 / mebibyte,
  GiB: 1024,
  TB: 1e12 / mebibyte,
  TiB: 1024 ** 2,
};
const Seconds: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

/** Memory in MiB. @throws TypeError unless the text is an amount of at least 1 MiB. */
export function parseMemory(text: string): number {
  return parseAmount(text, Mebibytes, 'memory is written as "512 MiB", "2 GiB" or "4 GB"');
}

/** A duration in seconds. @throws TypeError unless the text is a duration of at least a second. */
export function parseDuration(text: string): number {
  return parseAmount(text.replace(/s$/, ""), Seconds, 'a duration is written as "90 seconds", "30 minutes", "6 hours" or "2 days"');
}

function parseAmount(text: string, units: Readonly<Record<string, number>>, advice: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ([A-Za-z]+)$/.exec(text) ?? [];
  const size = unit === undefined ? undefined : units[unit];
  const amount = Math.round(Number(number) * (size ?? Number.NaN));
  if (!(amount >= 1 && Number.isSafeInteger(amount))) throw new TypeError(`"${text}": ${advice}`);
  return amount;
}

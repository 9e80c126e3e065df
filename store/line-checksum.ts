import { crc32 } from "node:zlib";

/** What tells a whole line of a log from one that was torn by a kill or has a flipped bit: its CRC-32, as 8 hexadecimal digits. */
export function lineChecksum(line: string): string {
  return crc32(line).toString(16).padStart(8, "0");
}

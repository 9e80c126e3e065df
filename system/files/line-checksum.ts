import { crc32 } from "node:zlib";

/** The checksum that reveals a log line torn by a kill or with a flipped bit: its CRC-32, as 8 hexadecimal digits. */
export function lineChecksum(line: string): string {
  return crc32(line).toString(16).padStart(8, "0");
}

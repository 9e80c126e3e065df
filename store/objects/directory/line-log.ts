import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "../../../system/files/durable-file.ts";
import { systemCode } from "../../../system/files/file-errors.ts";

const newline = 0x0a;

/** Append lines in one write, which the system keeps whole among several writers, on a line of their own. */
export async function appendLines(path: string, lines: string, { durable }: { readonly durable: boolean }): Promise<void> {
  const file = await openLog(path);
  try {
    const whole = Buffer.from((await endsInHalfALine(file)) ? `\n${lines}` : lines);
    for (let written = 0; written < whole.length; ) written += (await file.write(whole, written)).bytesWritten;
    if (durable) await file.datasync();
  } finally {
    await file.close();
  }
}

async function openLog(path: string): Promise<FileHandle> {
  try {
    return await open(path, "a+");
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    await makeFolder(dirname(path));
    return open(path, "a+");
  }
}

async function endsInHalfALine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 && buffer[0] !== newline;
}

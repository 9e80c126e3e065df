/** Splits a stream of zstd frames, so that each can be decompressed alone: Node's one-shot functions stop after the first. */

/**
 * The frames of a stream, each whole.
 *
 * @throws RangeError when the bytes are no zstd frames, or end within one.
 * @see RFC 8878, section 3.1
 */
export async function* zstdFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pending = Buffer.alloc(0);
  for await (const chunk of chunks) {
    pending = Buffer.concat([pending, chunk]);
    for (let end = frameLength(pending); end !== undefined && end <= pending.length; end = frameLength(pending)) {
      yield pending.subarray(0, end);
      pending = pending.subarray(end);
    }
  }
  if (pending.length > 0) throw new RangeError(`the zstd data ends within a frame, ${pending.length} bytes after its start`);
}

const magic = 0xfd2fb528;
const dictionaryIdBytes = [0, 1, 2, 4];
const contentSizeBytes = [0, 2, 4, 8];
const reservedBlock = 3;
const repeatedByteBlock = 1;

/** Bytes of the frame at the start; undefined when that cannot be seen yet. */
function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < 5) return undefined;
  if (bytes.readUInt32LE(0) !== magic) throw new RangeError("the data is no zstd frame");
  const descriptor = bytes.readUInt8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 && singleSegment ? 1 : (contentSizeBytes[sizeFlag] ?? 0);
  const checksumBytes = (descriptor & 0x04) === 0 ? 0 : 4;
  let place = 5 + (singleSegment ? 0 : 1) + (dictionaryIdBytes[descriptor & 0x03] ?? 0) + sizeBytes;
  for (;;) {
    if (bytes.length < place + 3) return undefined;
    const header = bytes.readUIntLE(place, 3);
    const type = (header >> 1) & 0x03;
    if (type === reservedBlock) throw new RangeError("the zstd frame is damaged");
    place += 3 + (type === repeatedByteBlock ? 1 : header >> 3);
    if ((header & 1) === 1) return place + checksumBytes;
  }
}

const none = 0xffffffff;

/**
 * Group numbers by key: every group of two or more, its members in order, the groups in the order of their first members.
 *
 * `keys[i]` is the key of `items[i]`.
 */
export function* buckets(items: Uint32Array, keys: Uint32Array): Generator<number[]> {
  let size = 16;
  while (size < items.length * 2) size *= 2;
  const mask = size - 1;
  const heads = new Uint32Array(size).fill(none);
  const tails = new Uint32Array(size);
  const next = new Uint32Array(items.length).fill(none);
  for (let at = 0; at < items.length; at += 1) {
    const key = keys[at] ?? 0;
    let slot = key & mask;
    for (let head = heads[slot] ?? none; head !== none && keys[head] !== key; head = heads[slot] ?? none) slot = (slot + 1) & mask;
    if (heads[slot] === none) heads[slot] = at;
    else next[tails[slot] ?? 0] = at;
    tails[slot] = at;
  }
  const isHead = new Uint8Array(items.length);
  for (const head of heads) if (head !== none) isHead[head] = 1;
  for (let head = 0; head < items.length; head += 1) {
    if (isHead[head] !== 1 || next[head] === none) continue;
    const members: number[] = [];
    for (let at = head; at !== none; at = next[at] ?? none) members.push(items[at] ?? 0);
    yield members;
  }
}

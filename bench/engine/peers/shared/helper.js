/** What every step does, in a file of its own. */
export const inc = ({ n }) => ({ n: n + 1 });

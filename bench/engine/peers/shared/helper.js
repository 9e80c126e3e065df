/** What every step does, in a separate file. */
export const inc = ({ n }) => ({ n: n + 1 });

/** Tasks that do one thing until memory that they share with their caller says that it is enough. */

export const ready = (): string => "ready"

export function spin(enough: SharedArrayBuffer): string {
  const cell = new Int32Array(enough)
  while (Atomics.load(cell, 0) === 0);
  return "over"
}

export const wait = async (enough: SharedArrayBuffer): Promise<string> => {
  await Atomics.waitAsync(new Int32Array(enough), 0, 0).value
  return "over"
}

/** How messages about data say names, lists and sizes. */
/** A text from a file in quotes, shortened. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

/** The first names of a list, and how many more there are. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 12).map(quoted).join(', ');
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}

/** `3.20 MB`; sizes below one kilobyte in bytes, from 1000 MB on in GB. */
export function megabytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toPrecision(3)} GB`;
  return bytes < 1000 ? `${bytes} bytes` : `${(bytes / 1e6).toPrecision(3)} MB`;
}

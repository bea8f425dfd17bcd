/** `progress_license-20260301-100500.csv`: parts that any file system takes, and when. */
export function fileName(parts: readonly string[], ending: string, at: Date): string {
  const time = at.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `${[...parts, time].map((part) => part.replace(/[^\w.-]/g, '_')).join('-')}.${ending}`;
}

/** Hands a text to the browser as a file, which it never shows itself: a page from here would be one of Grafana's. */
export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

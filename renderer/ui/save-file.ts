/** Saves a text as a file, where the browser or the window asks the user to. */
export function saveText(name: string, pieces: readonly string[]): void {
  saveFile(name, new Blob([...pieces], { type: 'text/plain;charset=utf-8' }));
}

export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** The apps of the providers that run in this process, the latest last. */
const apps: string[] = [];

/** Notes that a provider for this app runs. Returns a function that removes the note. */
export function noteApp(appUrl: string): () => void {
  apps.push(appUrl);
  return () => {
    const at = apps.indexOf(appUrl);
    if (at >= 0) apps.splice(at, 1);
  };
}

/** The app of the provider that was started last in this process; undefined if none runs here. */
export function latestApp(): string | undefined {
  return apps.at(-1);
}

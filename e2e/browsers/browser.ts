/** A browser as its user knows it. Sentences are written against this; an adapter for each way to drive one. */
export interface Engine {
  /** Engine and version, and what drives it. */
  readonly version: string;
  /** A window that shares nothing with the others, as private windows do. */
  newWindow(): Promise<BrowserWindow>;
  /** What scripts of pages failed with or said as errors, in any window. */
  readonly complaints: readonly string[];
  /** What its driver has no way to do. */
  readonly cannot: readonly ('middle-click' | 'headers')[];
  close(): Promise<void>;
}

export interface BrowserWindow {
  newTab(options?: TabOptions): Promise<Tab>;
  /** Every tab, also those that pages have opened. */
  tabs(): Promise<readonly Tab[]>;
  close(): Promise<void>;
}

export interface TabOptions {
  /** In CSS pixels; otherwise as the engine likes. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Sent with each request, as browsers inside of apps do. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Tab {
  goto(url: string): Promise<void>;
  /** A real click on the first element of the XPath `at`, once it is there. Does not wait for what it leads to. */
  click(at: string, button?: 'left' | 'middle'): Promise<void>;
  fill(at: string, text: string): Promise<void>;
  press(key: 'Tab' | 'Enter'): Promise<void>;
  /** The value of a JavaScript expression in the page; of a promise what it resolves with. */
  run<T>(expression: string): Promise<T>;
  /** The back button. Does not wait for what it brings. */
  back(): Promise<void>;
  /** A PNG of what is in view. */
  screenshot(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** How an engine is found and started. */
export interface EngineKind {
  readonly name: 'Chromium' | 'Firefox' | 'WebKit';
  /** Debian's packages of it. */
  readonly debian: string;
  readonly isInstalled: () => boolean;
  launch(scheme?: ColorScheme): Promise<Engine>;
  /** Opens a browser whose profile stays in `folder`, with the tabs that were open there last. Undefined: no driver can. */
  readonly openKept?: (folder: string) => Promise<BrowserWindow>;
}

export type ColorScheme = 'light' | 'dark';

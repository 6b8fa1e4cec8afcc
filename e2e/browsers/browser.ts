/** A browser as its user knows it. The sentences are written against this; each way to drive one has an adapter. */
export interface Engine {
  /** Engine and version, and what drives it. */
  readonly version: string;
  /** A window that shares nothing with the others, as private windows do. */
  newWindow(): Promise<BrowserWindow>;
  /** Errors that scripts of pages threw or logged, in any window. */
  readonly complaints: readonly string[];
  /** What its driver cannot do. */
  readonly cannot: readonly ('middle-click' | 'headers')[];
  close(): Promise<void>;
}

export interface BrowserWindow {
  newTab(options?: TabOptions): Promise<Tab>;
  /** Every tab, including those that pages opened. */
  tabs(): Promise<readonly Tab[]>;
  close(): Promise<void>;
}

export interface TabOptions {
  /** In CSS pixels; by default the engine decides. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Sent with each request, as browsers inside apps do. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Tab {
  goto(url: string): Promise<void>;
  /** Really clicks the first element of the XPath `at`, once it is there. Does not wait for what the click leads to. */
  click(at: string, button?: 'left' | 'middle'): Promise<void>;
  fill(at: string, text: string): Promise<void>;
  press(key: 'Tab' | 'Enter'): Promise<void>;
  /** Evaluates a JavaScript expression in the page and returns its value, or what its promise resolves with. */
  run<T>(expression: string): Promise<T>;
  /** Presses the back button. Does not wait for what it brings. */
  back(): Promise<void>;
  /** Returns a PNG of what is in view. */
  screenshot(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** How an engine is found and started. */
export interface EngineKind {
  readonly name: 'Chromium' | 'Firefox' | 'WebKit';
  /** The names of Debian's packages for it. */
  readonly debian: string;
  readonly isInstalled: () => boolean;
  launch(scheme?: ColorScheme): Promise<Engine>;
  /** Opens a browser whose profile stays in `folder`, with the tabs that were open there last. Undefined: no driver can. */
  readonly openKept?: (folder: string) => Promise<BrowserWindow>;
}

export type ColorScheme = 'light' | 'dark';

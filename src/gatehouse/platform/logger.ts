/** Where the library tells what happens: any logger that takes an object and a message, such as pino's. */
export interface Logger {
  debug(object: object, message: string): void;
  info(object: object, message: string): void;
  warn(object: object, message: string): void;
  error(object: object, message: string): void;
}

/** For hosts that give no logger. */
export const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

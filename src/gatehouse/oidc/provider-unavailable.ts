import { CatalogueError } from '../errors/catalogue-error.ts';
import { type ProviderFault, providerFault } from './provider-fault.ts';

const CODES = {
  away: 'PROVIDER_UNAVAILABLE',
  slow: 'PROVIDER_TIMEOUT',
  busy: 'RATE_LIMITED',
  nonsense: 'PROVIDER_UNREADABLE',
} as const;

/** Thrown when the OpenID provider cannot be asked: unreachable, silent, overrun or answering nonsense. */
export class ProviderUnavailableError extends CatalogueError {
  readonly fault: ProviderFault;

  constructor(cause: unknown, options: { fault?: ProviderFault; action?: { label: string; href: string } } = {}) {
    const { fault = faultOf(cause), action } = options;
    super(CODES[fault.kind], { cause, action, retryAfterSeconds: fault.retryAfterSeconds });
    this.fault = fault;
  }
}

/** What an error says of the provider. */
export function faultOf(error: unknown): ProviderFault {
  return error instanceof ProviderUnavailableError ? error.fault : providerFault(error);
}

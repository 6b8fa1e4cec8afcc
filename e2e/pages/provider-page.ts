import type { Page } from 'playwright/test';
import type { Credentials } from '../fixtures.ts';

/** The sign-in page of a provider: ours, Auth0's (even with the password on a second page), or Keycloak's. */
export class ProviderPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get username() {
    return this.#page.locator('input[name=username], input[name=email], input[type=email]').first();
  }

  get password() {
    return this.#page.locator('input[type=password]:visible').first();
  }

  async signIn({ username, password }: Credentials): Promise<void> {
    await this.username.fill(username);
    if (!(await this.password.isVisible())) await this.username.press('Enter');
    await this.password.fill(password);
    await this.password.press('Enter');
  }

  /** One click on a demo user of the local provider. */
  async signInAs(name: string): Promise<void> {
    await this.#page.getByRole('button', { name: `Sign in as ${name}` }).click();
  }

  async cancel(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Cancel' }).click();
  }
}

import { DEMO_USERS } from '../../src/provider/demo-users.ts';
import { expect, test } from '../fixtures.ts';
import { ProviderPage } from '../pages/provider-page.ts';

for (const user of DEMO_USERS) {
  test(`${user.username} sees on each page what their permissions allow`, async ({ page }) => {
    await page.goto('/api-call');
    await new ProviderPage(page).signInAs(user.claims.name);
    await expect(page.getByRole('heading', { name: 'The access token' })).toBeVisible();
    await expect(page.getByText('Status 200')).toBeVisible();
    await expect(page.getByText(`"user": "local|${user.username}"`)).toBeVisible();

    await page.getByRole('button', { name: /Refresh/ }).click();
    await expect(page).toHaveURL(/\/api-call$/);
    await expect(page.getByText('Status 200')).toBeVisible();

    const navigation = page.getByRole('navigation');
    await navigation.getByRole('link', { name: 'Protected' }).click();
    await expect(page.getByText('This is a protected message.')).toBeVisible();

    await navigation.getByRole('link', { name: 'Admin' }).click();
    if (user.permissions.includes('read:admin-messages')) {
      await expect(page.getByText('This is an admin message.')).toBeVisible();
    } else {
      await expect(page.getByRole('heading', { name: 'You may not see this' })).toBeVisible();
      await expect(page.getByRole('main')).toContainText('read:admin-messages');
      await expect(page.getByRole('main')).toContainText(user.claims.email);
    }
  });
}

test('while the API is away its pages say so, and work again when it is back', async ({ page, target }) => {
  const { stack } = target;
  if (!stack) throw new Error('this spec stops a server of its own stack');
  await page.goto('/protected');
  await new ProviderPage(page).signInAs('Carol Admin');
  await expect(page.getByText('Status 200')).toBeVisible();

  await stack.stopApi();
  for (const path of ['/api-call', '/protected', '/admin']) {
    const response = await page.goto(path);
    expect(response?.status()).toBe(503);
    await expect(page.getByRole('heading', { name: 'The API does not answer' })).toBeVisible();
  }
  await page.goto('/profile');
  await expect(page.getByRole('heading', { name: 'Carol Admin' })).toBeVisible();

  await stack.startApi();
  await page.goto('/protected');
  await expect(page.getByText('Status 200')).toBeVisible();
});

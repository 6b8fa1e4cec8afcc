/** What the one-liner of the Auth0 quickstart writes. */
export const QUICKSTART = {
  AUTH0_DOMAIN: 'tenant.us.auth0.com',
  AUTH0_CLIENT_ID: 'J2xQ0fPq1kYb3mRzT8vWc5nLs7dGh9Ae',
  AUTH0_CLIENT_SECRET: 'gk6Tn1ZpXo3YcVb7Wq9RmLs2Df4Hj8KaEuIyQxCvBnM5SdFgTzPwJrOlNkUhGeXb',
  AUTH0_SECRET: 'c0ffee'.repeat(21),
  AUTH0_REDIRECT_URI: 'http://localhost:5000/callback',
};

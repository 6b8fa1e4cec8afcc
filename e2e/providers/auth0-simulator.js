// It reads its certificate from the folder .simulacrum of HOME.
import { createRequire } from 'node:module';

// Its module for `import` does not find its own dependency.
const { simulation } = createRequire(import.meta.url)('@simulacrum/auth0-simulator');

const users = [{ name: 'Alice Adams', email: 'alice@example.com', password: 'password' }];
await simulation({ initialState: { users } }).listen(Number(process.env.PORT));
console.log('ready on https');
